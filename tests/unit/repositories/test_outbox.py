"""A person's words are taken out of messages that wait."""

import pytest
from sqlalchemy import event, text

from bot.blocks.elements import STANDS_ALONE
from bot.repositories.outbox import forget, without

LONG = "Wat zou er gebeuren als je een keer niets doet, en hoe erg is dat over een jaar?"


def quoted(text):
    part = {"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [part]}


def title(text):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.mark.parametrize(
    ("text", "shown"), [("Ja", "Ja"), (LONG, LONG), (LONG, LONG[:70] + "…"), (LONG, f"«{LONG}»")]
)
def test_a_block_with_their_words_goes_and_the_others_stay(text, shown):
    payload = {"text": "t", "blocks": [title("Vragen"), quoted(shown), quoted("Jazeker")]}
    left = without(payload, [text])
    assert left == {"text": "t", "blocks": [title("Vragen"), quoted("Jazeker")]}


def test_nothing_is_left_of_a_message_with_their_words_alone():
    assert without({"text": "t", "blocks": [title("Vragen"), quoted(LONG)]}, [LONG]) is None


def test_a_line_that_stands_alone_stays_without_their_words():
    line = {**title("Sanne, wat wil jij vragen?"), "block_id": STANDS_ALONE}
    payload = {"text": "t", "blocks": [line, title("Mehmet zei net dit:"), quoted("Ja")]}
    assert without(payload, ["Ja"]) == {"text": "t", "blocks": [line]}


def test_a_message_without_their_words_stays_as_it_is():
    payload = {"text": "t", "blocks": [title("Vragen")]}
    assert without(payload, [LONG, ""]) == payload


def test_an_index_serves_forgetting_what_a_person_was_sent(store):
    seen = {}

    def note(_connection, _cursor, statement, parameters, _context, _many):
        if "outbox" in statement and statement.startswith(("SELECT", "UPDATE", "DELETE")):
            seen[statement] = parameters

    event.listen(store.engine, "before_cursor_execute", note)
    with store.unit() as unit:
        forget(unit, "T1", "U1", "gone")
        unit.commit()
    event.remove(store.engine, "before_cursor_execute", note)
    assert len(seen) > 3
    with store.engine.connect() as db:
        explain = "EXPLAIN QUERY PLAN "
        if db.dialect.name == "postgresql":
            explain = "EXPLAIN "
            db.execute(text("SET LOCAL enable_seqscan = off"))  # the table is empty
        for statement, parameters in seen.items():
            plan = "\n".join(
                str(row) for row in db.exec_driver_sql(explain + statement, parameters)
            )
            assert "SCAN outbox" not in plan, statement
            assert "Seq Scan on outbox" not in plan, statement
            if "UNION ALL" in statement and db.dialect.name == "sqlite":
                # PostgreSQL weighs its indexes by rows, and here there are none.
                assert "ix_outbox_open" in plan, statement
                assert "ix_outbox_user" in plan, statement
