"""Participation and statements, from what somebody types to the file that they get."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from shutil import copyfile
from zipfile import ZipFile

import httpx
import pytest
from PIL import Image

from bot.services.participation import Participation
from bot.store.subjects import Subject
from bot.store.tables import Group, Member, Outbound, Person, Statement
from bot.timers import DueTimer
from playground.reading import find
from playground.slack.workspace import TEAM
from playground.testing import (
    ESTHER,
    FATIMA,
    JOOST,
    MEHMET,
    SANNE,
    Team,
    WoundClock,
    seeded,
    staged,
)
from tests.scenarios.test_home import counted as counted_in
from tests.scenarios.test_home import queries

PEOPLE = [SANNE, MEHMET, ESTHER]
WHEN = datetime(2026, 11, 23, 10, tzinfo=UTC)
WRITTEN = "Woorden die van de groep blijven."


class Counted(Team):
    """A team that asks what can be counted."""

    def made(self):
        """Make and send what was asked for."""
        self.stage.pass_time(timedelta(seconds=2))

    def gets(self, who, text, **where):
        """What somebody gets by direct message for what they type."""
        before = len(self.direct_messages(who))
        self.answered(who, text, **where)
        self.made()
        return self.direct_messages(who)[before:]

    def leads(self, *who):
        with self.stage.bot.store.unit() as unit:
            for member in unit.db.query(Member):
                member.lead = member.user in who
            unit.commit()

    def renames(self, who, name):
        with self.stage.bot.store.unit() as unit:
            unit.db.get(Person, (TEAM, who)).sealed_name = unit.seal_by_ring(name)
            unit.commit()

    def pressed(self, who, action, on):
        before = len(self.direct_messages(who))
        self.presses(who, action, on=on)
        self.made()
        return self.direct_messages(who)[before:]

    def meets(self, bringer, others):
        """Hold a session that is short, and look back on it."""
        self.begins(bringer, others)
        self.writes(self.turn(), WRITTEN)
        self.chooses(bringer, "stop")
        for who in (bringer, *others):
            self.presses(who, "session:reflect")
            self.sends(who, takeaway=WRITTEN, useful="4", safe="5")


def counted(stage):
    found = Counted(stage)
    found.meets(MEHMET, [SANNE, ESTHER])
    found.types(SANNE, "groep")
    found.sends(SANNE, name="Noord", members=PEOPLE, leads=[SANNE])
    return found


@pytest.fixture
def own_team(sqlite_url):
    """A team of one's own, for who changes it."""
    with staged(sqlite_url, workspace=seeded(WoundClock(WHEN))) as stage:
        yield counted(stage)


@pytest.fixture(scope="module")
def shared(template, tmp_path_factory):
    file = copyfile(template, tmp_path_factory.mktemp("shared") / "test.sqlite3")
    with staged(f"sqlite:///{file}", workspace=seeded(WoundClock(WHEN))) as stage:
        yield counted(stage)


@pytest.fixture
def team(shared):
    """A team that tests share; each finds Sanne its lead and no form open."""
    shared.leads(SANNE)
    for who in (SANNE, MEHMET):
        for view in shared.slack.views(who):
            shared.slack.close(who, view.id)
    return shared


def test_a_lead_gets_a_table_and_a_chart(team):
    table, chart = team.gets(SANNE, "deelname")
    told = team.reads(table)
    assert "Mehmet | 1 | 1 | 0 | 0 | 1" in told
    assert "1 sessie buiten een bijeenkomst om" in told
    assert "1 om van te leren, 0 over iets dat goed ging" in told
    (file,) = chart.files
    assert file.name == "deelname-2025-12_2026-11.png"
    assert "Mehmet Kaya: 1 keer erbij" in file.alt
    assert Image.open(BytesIO(file.content)).size[0] == 1600


def test_a_lead_gets_the_same_figures_as_sheets(team):
    table, _ = team.gets(SANNE, "stats 2026")
    (said,) = team.pressed(SANNE, "stats:csv", table)
    rows = list(csv.reader(StringIO(said.files[0].content.decode("utf-8-sig")), delimiter=";"))
    assert ["Mehmet Kaya", "1", "1", "0", "0", "1"] in rows
    (said,) = team.pressed(SANNE, "stats:xlsx", table)
    assert said.files[0].name == "deelname-2026.xlsx"
    with ZipFile(BytesIO(said.files[0].content)) as book:
        assert b"Mehmet Kaya" in book.read("xl/sharedStrings.xml")


def test_members_see_exactly_what_their_lead_sees(team):
    answer = team.types(MEHMET, "deelname")
    assert "Wil je weten wat diegene" in answer.body["text"]
    assert find(answer.body["blocks"], "stats:mine")
    lead, _ = team.gets(SANNE, "deelname 2026")
    mine, chart = team.gets(MEHMET, "deelname mijn 2026")
    shown = [block for block in lead.blocks if block["block_id"] in ("stats-dates", "stats-table")]
    same = [block for block in mine.blocks if block["block_id"] in ("stats-dates", "stats-table")]
    assert shown == same
    assert chart.files
    assert not find(mine.blocks, "stats:csv")


def test_nothing_of_what_was_said_is_in_any_of_it(team):
    written = [text for text in said_in(team) if len(text) > 12]
    assert WRITTEN in written
    table, chart = team.gets(SANNE, "deelname")
    made = [team.reads(table).encode(), chart.files[0].content]
    for action in ("stats:csv", "stats:xlsx"):
        made.append(team.pressed(SANNE, action, table)[0].files[0].content)
    made.append(team.gets(SANNE, "verklaring 2026")[0].files[0].content)
    assert not any(text.encode() in file for text in written for file in made)
    assert not any(row.payload for row in team.rows(Outbound) if row.method == "file")


def said_in(team):
    vault = team.session().vault_id
    with team.stage.bot.store.unit() as unit:
        found = [unit.open(vault, c.content) for c in team.contributions()]
    return [text for text in found if text]


def test_a_form_asks_for_the_period(team):
    table, _ = team.gets(SANNE, "deelname")
    team.presses(SANNE, "stats:open", on=table)
    assert "aantallen en een grafiek" in str(team.slack.views(SANNE)[-1].spec)
    team.sends(SANNE, period="2026")
    team.made()
    assert team.direct_messages(SANNE)[-1].files[0].name == "deelname-2026.png"


def test_a_lead_in_a_direct_message_chooses_the_group(team):
    asked = team.gets(SANNE, "deelname", channel=team.direct(SANNE))
    assert asked[-1].files


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("deelname 2026-06..2026-01", "eindigt voordat ze begint"),
        ("deelname gisteren", "Die periode begrijp ik niet"),
        ("verklaring gisteren", "Dat jaar begrijp ik niet"),
        ("verklaring 2019", "In 2019 was je nergens bij"),
        ("verklaring 2026 bestaatniet", "Dat register ken ik niet"),
    ],
)
def test_what_cannot_be_is_said_at_once(team, typed, answer):
    assert answer in team.answered(SANNE, typed)


def test_a_year_without_meetings_is_a_short_answer(team):
    (said,) = team.gets(SANNE, "deelname 2019")
    assert "was er geen bijeenkomst in deze periode: 2019" in team.reads(said)


def test_of_a_group_of_two_nothing_is_shown(own_team):
    own_team.slack.leave(ESTHER, own_team.channel)
    assert "vanaf 3 leden" in own_team.answered(SANNE, "deelname")
    assert "vanaf 3 leden" in own_team.answered(MEHMET, "deelname mijn")


def test_a_demoted_lead_gets_a_word_and_no_counts(team):
    before = len(team.direct_messages(SANNE))
    team.answered(SANNE, "deelname")
    team.leads(MEHMET)
    team.made()
    (said,) = team.direct_messages(SANNE)[before:]
    assert "Dit overzicht is voor wie de groep regelt" in team.reads(said)
    assert not said.files


def test_a_lead_who_was_demoted_presses_in_vain(team):
    table, _ = team.gets(SANNE, "deelname")
    team.leads(MEHMET)
    for action in ("stats:csv", "stats:xlsx", "stats:open"):
        (said,) = team.pressed(SANNE, action, table)
        assert "Dit overzicht is voor wie de groep regelt" in team.reads(said)
    assert team.slack.views(SANNE) == []


def test_a_name_is_never_a_formula_whatever_it_is(own_team):
    for who, name in zip(PEOPLE, ('=HYPERLINK("http://x","y")', "مريم 🌿", "+31 6"), strict=True):
        own_team.renames(who, name)
    table, chart = own_team.gets(SANNE, "deelname")
    assert chart.files
    sheet = own_team.pressed(SANNE, "stats:csv", table)[0].files[0].content.decode("utf-8-sig")
    names = {row[0] for row in csv.reader(StringIO(sheet), delimiter=";") if row}
    assert {'\'=HYPERLINK("http://x","y")', "مريم 🌿", "'+31 6"} <= names
    book = own_team.pressed(SANNE, "stats:xlsx", table)[0].files[0].content
    with ZipFile(BytesIO(book)) as opened:
        cells = opened.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in cells
    assert "hyperlink" not in cells.casefold()


def test_three_hundred_members_are_all_listed(own_team):
    with own_team.stage.bot.store.unit() as unit:
        group = unit.db.query(Member).first()
        for n in range(297):
            one = Member(
                group_id=group.group_id, user=f"U0N{n}", workspace=TEAM, joined_at=group.joined_at
            )
            unit.db.add(one)
        unit.commit()
    table, chart = own_team.gets(SANNE, "deelname")
    assert "En nog 201 leden" in own_team.reads(table)
    assert chart.files
    said = own_team.pressed(SANNE, "stats:csv", table)
    assert len(said[0].files[0].content.splitlines()) > 300


def test_the_counts_take_twelve_queries_at_most(team):
    group, bot = team.rows(Group)[0].id, team.stage.bot
    now = bot.transactions.now()
    due = DueTimer(TEAM, Subject.STATS, f"{group}|{SANNE}", "table:lead:2026", now)
    with team.stage.bot.store.unit() as unit, counted_in(team.stage) as said:
        Participation(bot.transactions).on_due(unit, due)
        unit.flush()
    assert len(queries(said)) <= 12, "\n".join(said)


# statements


def statement(team, who=SANNE, text="verklaring 2026"):
    return team.gets(who, text)[-1].files[0].content


def test_a_changed_statement_does_not_verify(team):
    made = statement(team)
    verdict = team.stage.bot.statements.check_file
    genuine, facts = verdict(made)
    assert genuine
    assert (facts.name, facts.year, facts.meetings) == ("Sanne de Wit", 2026, 1)
    step = max(1, len(made) // 60)
    for at in [*range(0, len(made) - 200, step), *range(len(made) - 170, len(made))]:
        changed = bytearray(made)
        changed[at] ^= 1
        assert bytes(changed) != made
        assert verdict(bytes(changed)) == (False, None), at
    assert not verdict(made + b"\n")[0]
    assert not verdict(made[:-1])[0]
    assert not verdict(made.replace(b"\n%intervisie", b"\n %intervisie"))[0]
    assert not verdict(b"")[0]


def asks_page(team, method="POST", **about):
    """What a register gets that asks the page where statements are checked."""
    url = f"http://127.0.0.1:{team.stage.port}/verify"
    params = about.pop("params", {"lang": "nl"})
    return httpx.request(method, url, params=params, trust_env=False, **about)


def test_a_register_sees_one_changed_byte(team):
    made = statement(team)
    found = asks_page(team, files={"file": ("verklaring.pdf", made, "application/pdf")})
    assert found.status_code == 200
    assert "Dit bestand is echt" in found.text
    assert "Sanne de Wit" in found.text
    middle = len(made) // 2
    changed = made[:middle] + bytes([made[middle] ^ 1]) + made[middle + 1 :]
    found = asks_page(team, files={"file": ("verklaring.pdf", changed, "application/pdf")})
    assert "✗" in found.text
    assert "Sanne de Wit" not in found.text


def test_a_register_checks_the_code_however_it_is_typed(own_team):
    own_team.renames(SANNE, "<script>alert(1)</script>")
    statement(own_team)
    (row,) = own_team.rows(Statement)
    typed = "-".join(row.code[n : n + 5] for n in range(0, 20, 5)).lower()
    found = asks_page(own_team, data={"code": typed})
    assert "<script>" not in found.text
    assert "&lt;script&gt;alert(1)" in found.text
    assert asks_page(own_team, "GET", params={"code": typed, "lang": "en"}).text.count("✓") == 1
    for wrong in ("", "0" * 20, typed[:-1], "x" * 5000, "%00'\"<b>"):
        found = asks_page(own_team, data={"code": wrong})
        assert found.status_code == 200
        assert "✓" not in found.text


@pytest.mark.parametrize(
    ("method", "sent", "status"),
    [
        ("GET", {}, 200),
        ("HEAD", {}, 200),
        ("POST", {"content": b"x" * 20, "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ("POST", {"files": {"file": b"x" * (2 * 1024 * 1024)}}, 413),
        ("POST", {"files": {"file": b"no statement"}}, 200),
    ],
)
def test_whatever_is_sent_to_that_page_is_answered(team, method, sent, status):
    found = asks_page(team, method, **sent)
    assert found.status_code == status
    assert "✓" not in found.text
    assert "default-src 'none'" in found.headers["Content-Security-Policy"]


def test_another_spelling_of_a_signature_is_refused(team):
    made = statement(team)
    line = re.search(rb"[0-9a-f]{128}\n$", made)
    upper = made[: line.start()] + line[0].upper()
    assert not team.stage.bot.statements.check_file(upper)[0]


def test_a_forgotten_persons_statement_verifies(own_team):
    made = statement(own_team)
    own_team.forgets(SANNE)
    assert own_team.stage.bot.statements.check_file(made) == (True, None)


def test_a_statement_verifies_after_the_workspace_left(own_team):
    made = statement(own_team)
    own_team.slack.uninstall(SANNE)
    assert own_team.stage.bot.statements.check_file(made) == (True, None)


def test_the_form_asks_for_a_year_and_a_register(team):
    team.types(SANNE, "verklaring")
    team.sends(SANNE, year="2026", register="vaktherapie")
    team.made()
    assert (
        team.direct_messages(SANNE)[-1].files[0].name
        == "verklaring-intervisie-2026-vaktherapie.pdf"
    )


def test_who_was_at_nothing_hears_so(team):
    assert "nog bij geen bijeenkomst" in team.answered(FATIMA, "verklaring")
    assert "In 2026 was je nergens bij" in team.answered(JOOST, "verklaring 2026")


def test_a_statement_for_a_register_has_a_name_of_its_own_and_asks_for_none(own_team):
    (first,) = own_team.gets(SANNE, "verklaring 2026")
    (second,) = own_team.gets(SANNE, "verklaring 2026 skj")
    assert first.files[0].name != second.files[0].name
    assert "kies dat register" in first.text
    assert "kies dat register" not in second.text
    assert "SKJ" in second.text


def test_a_statement_in_english_is_for_who_reads_english(own_team):
    own_team.slack.change_user(ESTHER, locale="en-GB")
    said = own_team.gets(ESTHER, "statement 2026")
    assert said[-1].files[0].name == "certificate-intervision-2026.pdf"
