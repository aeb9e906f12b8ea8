"""Two people who change the same form at once: nobody's change is lost in silence."""

from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]
"""The inputs of a form by name: each a text, or a list of texts."""


def merged(base: Values, sent: Values, now: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a form's values with what others changed meanwhile, and their side of a conflict.

    `base` is what the form showed when it was opened, `sent` what came back, and `now` what is
    stored. An input that the sender left alone gets what is stored. One that both changed, to
    different values, keeps what was sent; what is stored there comes second.
    """
    values, theirs = dict(sent), {}
    for name, before in base.items():
        if name not in sent or name not in now or same(now[name], before):
            continue
        if same(sent[name], before):
            values[name] = now[name]
        elif not same(sent[name], now[name]):
            theirs[name] = now[name]
    return values, theirs


def same(one: object, other: object) -> bool:
    """Check whether two values of an input are the same; the order of a list does not count."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    return one == other
