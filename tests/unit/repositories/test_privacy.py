"""What is kept of a person: nothing of the schema is left out, of the file nor of the page."""

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Boolean, Date, Enum, Integer, LargeBinary, insert

from bot.exports.personal import SECTIONS, as_json, as_page
from bot.i18n import LANGUAGES, words
from bot.repositories.privacy import MACHINERY, SECRETS, rows_about, tables_about_people
from bot.store.tables import PEOPLE_INSIDE, PERSON, SEALED_BY_RING, Base, Id, Utc

WHO, TEAM, NOW = "U0CANARY", "T0", datetime(2026, 11, 27, tzinfo=UTC)

NOT_PEOPLE = {
    # ids of rows, of places in Slack and of organisations
    *("id", "workspace", "group_id", "session_id", "case_id", "meeting_id", "vault_id", "channel"),
    *("organisation", "moving_to", "place", "file", "marker", "answers", "hinted"),
    # digests
    *("feed", "digest"),
}
"""Columns of ids that are not people's. A new one is put here, or marked `PERSON`."""

PASSING = {"lanes", "rates", "timers", "inbox"}
"""Tables that name a conversation or a subject until something was sent, or is due."""

NOT_ON_THE_PAGE = {
    # which row it is, in the file alone
    *("id", "group_id", "session_id", "meeting_id", "step", "round", "ref", "edited", "answers"),
    *("token", "refresh", "expires_at", "renewing_until"),
    *("status", "asking", "kind", "method", "state", "outcome", "digest", "name", "organisation"),
}


def columns(table):
    return [column for column in table.c if column.name not in MACHINERY]


def test_every_column_of_ids_is_a_persons_or_known_not_to_be():
    assert Base.metadata.tables["people"].c.user.type is Id
    for table in Base.metadata.sorted_tables:
        for column in table.c:
            if column.type is not Id or column.name in NOT_PEOPLE or table.name in PASSING:
                continue
            assert PERSON.items() <= column.info.items(), f"{table.name}.{column.name}"


def test_every_state_with_people_inside_is_marked():
    for table in Base.metadata.sorted_tables:
        for column in table.c:
            if column.name in ("state", "rota") and not isinstance(column.type, Enum):
                assert PEOPLE_INSIDE.items() <= column.info.items(), f"{table.name}.{column.name}"


def test_the_page_has_every_table_and_column_about_a_person():
    assert set(SECTIONS) == {table.name for table in tables_about_people()}
    for table in tables_about_people():
        shown = SECTIONS[table.name]
        if not shown or "where" in shown:
            continue
        left = {c.name for c in columns(table) if not PERSON.items() <= c.info.items()}
        assert left - set(shown) - NOT_ON_THE_PAGE == set(), table.name


def filled(unit, column, vault):
    """Return something for a column; a person's id wherever one can stand."""
    kind = column.type
    if PERSON.items() <= column.info.items():
        return WHO
    if PEOPLE_INSIDE.items() <= column.info.items():
        return json.dumps({"away": [WHO], "deep": {WHO: 1}, "others": ["U0OTHER"]})
    match column.name:
        case "workspace":
            return TEAM
        case "vault_id":
            return vault
        case "session_id" | "group_id" | "case_id" | "meeting_id" | "id" if kind is Id:
            return "one"
    if isinstance(kind, LargeBinary):
        text = json.dumps({"field": "CANARY"})
        by_ring = SEALED_BY_RING.items() <= column.info.items()
        return unit.seal_by_ring(text) if by_ring else unit.seal(vault, text)
    if isinstance(kind, Enum):
        return kind.enum_class and next(iter(kind.enum_class))
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer) or kind.python_type is int:
        return 1
    if isinstance(kind, Date):
        return date(2026, 11, 27)
    return NOW if isinstance(kind, Utc) else "{}"


@pytest.fixture
def kept(store):
    """The rows about one person, with a row in each table where a person can stand."""
    with store.unit() as unit:
        vault = unit.new_vault(TEAM)
        for table in tables_about_people():
            values = {column.name: filled(unit, column, vault) for column in table.c}
            unit.db.execute(insert(table).values(values))
        unit.db.flush()
        yield rows_about(unit, TEAM, WHO)


def test_a_row_of_every_table_is_in_the_file(kept):
    assert {name: len(rows) for name, rows in kept.items()} == dict.fromkeys(SECTIONS, 1)
    told = json.loads(as_json(WHO, kept, NOW))["kept"]
    for name in ("contributions", "reflections", "hunches", "follow_ups", "tools", "cases"):
        assert "CANARY" in str(told[name]), name
    assert told["reflections"][0]["safe"] == 1
    assert set(told["meetings"][0]["where"]) == {"away", "deep"}
    assert "U0OTHER" not in str(told)
    assert told["members"][0]["feed"] is True


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_it_in_words(kept, language):
    page = as_page(kept, words(language), NOW).decode()
    assert f'<html lang="{language}">' in page
    assert page.count("<h2>") == len(SECTIONS)
    assert "CANARY" in page
    assert "mydata." not in page


def test_what_somebody_wrote_is_no_markup_on_the_page(kept):
    kept["tools"][0]["content"] = "<script>alert(1)</script>"
    assert "<script>" not in as_page(kept, words("nl"), NOW).decode()


def test_secrets_are_not_in_the_file(kept):
    assert {"feed", "file", "token", "refresh"} == SECRETS
    assert "one" not in [row["feed"] for row in kept["members"]]
