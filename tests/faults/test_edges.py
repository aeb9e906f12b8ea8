"""The short form of the drill with optional fields; `make drills` tries all of them."""

from tests.faults.edges import edges

SEED = 11


def test_optional_fields_may_be_absent_null_empty_or_foreign(sqlite_url, caplog):
    done = edges(sqlite_url, seed=SEED, share=0.15)
    assert done["event message 200"] > 0
    assert done["press 200"] > 0
    assert done["form 200"] > 0
    assert not [record for record in caplog.records if record.message == "request failed"]
