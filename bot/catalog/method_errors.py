"""What to do about a mistake in a method file, in Dutch and English.

`REMEDIES` is keyed by the type of pydantic's error (https://docs.pydantic.dev/latest/errors/validation_errors/)
or of our own (`bot.flows.method`, and the YAML reader in `bot.catalog.methods`).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bot.flows.method import Method, Prompt, Role, Step, Title

ALIKE = 60
"""How alike, of 100, a word has to be before we ask whether it was meant."""

REMEDIES: Mapping[str, tuple[str, str]] = {
    "missing": ("ontbreekt; zet het erbij", "is missing; add it"),
    "extra_forbidden": (
        "bestaat hier niet{meant}. Dit kan hier staan: {allowed}",
        "does not exist here{meant}. What may stand here: {allowed}",
    ),
    "stands_alone": (
        "`{given}` bestaat hier niet: een methode staat op zichzelf. Neem een ander helemaal over "
        "met `intervisie methods copy`, en pas die aan",
        "`{given}` does not exist here: a method stands by itself. Copy another one whole with "
        "`intervisie methods copy`, and change it",
    ),
    "goes_on": (
        "`{given}` bestaat hier niet: de stappen gaan van boven naar beneden, en eindigen altijd. "
        "Een ronde kan met `rounds` tot drie keer",
        "`{given}` does not exist here: the steps go from top to bottom, and always end. "
        "A round may be held up to three times with `rounds`",
    ),
    "union_tag_invalid": (
        "`kind: {given}` bestaat niet{meant}. Kies uit: {allowed}",
        "`kind: {given}` does not exist{meant}. Choose from: {allowed}",
    ),
    "union_tag_not_found": (
        "`kind` ontbreekt: zeg wat voor stap dit is. Kies uit: {allowed}",
        "`kind` is missing: say what sort of step this is. Choose from: {allowed}",
    ),
    "literal_error": (
        "`{given}` kan hier niet{meant}. Kies uit: {allowed}",
        "`{given}` is not possible here{meant}. Choose from: {allowed}",
    ),
    "greater_than_equal": ("het kleinste getal hier is {ge}", "the smallest number here is {ge}"),
    "less_than_equal": ("het grootste getal hier is {le}", "the largest number here is {le}"),
    "int_parsing": (
        "schrijf een heel getal in cijfers, zoals 10",
        "write a whole number in digits, such as 10",
    ),
    "bool_parsing": ("schrijf `true` (ja) of `false` (nee)", "write `true` or `false`"),
    "string_type": ("schrijf hier tekst, tussen aanhalingstekens", "write text here, in quotes"),
    "string_too_short": ("mag niet leeg zijn; schrijf een tekst", "is empty; write a text"),
    "string_too_long": (
        "is te lang; maak er hoogstens {max_length} tekens van",
        "is too long; make it {max_length} characters at most",
    ),
    "string_pattern_mismatch": (
        "`{given}` kan geen id zijn. Neem kleine letters, cijfers en streepjes: `check-in`",
        "`{given}` cannot be an id. Use small letters, digits and hyphens: `check-in`",
    ),
    "model_type": (
        "hier horen deze woorden met elk een waarde: {allowed}",
        "these words belong here, each with a value: {allowed}",
    ),
    "tuple_type": (
        "hier hoort een lijst: zet de waarde tussen [ ], of elk onderdeel achter een streepje",
        "a list belongs here: put the value between [ ], or each item after a hyphen",
    ),
    "too_short": (
        "te weinig: zet er minstens {min_length} in de lijst",
        "too few: put at least {min_length} in the list",
    ),
    "too_long": (
        "te veel: zet er hoogstens {max_length} in de lijst",
        "too many: put at most {max_length} in the list",
    ),
    "always_false": (
        "in deze stap spreekt de inbrenger; haal `parked` weg",
        "the bringer speaks in this step; take `parked` out",
    ),
    # the method as a whole
    "answers_alone": (
        "de inbrenger kan niet antwoorden en ook luisteren of meedoen in de ronde; haal `answers` "
        "weg, of neem `speakers: peers` zonder `parked`",
        "the bringer cannot answer while parked or while taking turns; take `answers` out, or use "
        "`speakers: peers` without `parked`",
    ),
    "parked_reads": (
        "een geparkeerde inbrenger leest alleen; neem `speakers: peers`",
        "a parked bringer only reads; use `speakers: peers`",
    ),
    "step_twice": (
        "`{step}` komt twee keer voor; geef elke stap een eigen id",
        "`{step}` occurs twice; give each step an id of its own",
    ),
    "no_gate": (
        "`{gate}` is geen eerdere stap waar iets uit kan komen. Zet er een stap van het soort "
        "`gate`, `tray`, `sort` of `write` voor, of haal `behind` weg",
        "`{gate}` is no earlier gate, tray, sort or write. Put such a step before this one, or "
        "take `behind` out",
    ),
    "no_reflection": (
        "de laatste stap, en alleen die, hoort `kind: reflect` te zijn",
        "the last step, and only that, has to be `kind: reflect`",
    ),
    "advice_uncovered": (
        "advies, ideeën en mijmeringen komen alleen op tafel als de inbrenger ze wil zien; neem "
        "`kind: write` met `shows: tray`",
        "advice, ideas and musings reach the bringer through the tray alone; use `kind: write` "
        "with `shows: tray`",
    ),
    "bringer_reads_own": (
        "de inbrenger leest dit later, en schrijft dus niet mee; neem `speakers: peers`",
        "the bringer reads this later, and so does not write; use `speakers: peers`",
    ),
    "nothing_to_sort": (
        "`{step}` is geen eerdere stap `kind: write` met `shows: sort`; zet die ervoor",
        "`{step}` is no earlier `kind: write` with `shows: sort`; put one before this step",
    ),
    "never_sorted": (
        "niemand krijgt te zien wat in `{step}` geschreven is; voeg een stap `kind: sort` met "
        "`of: {step}` toe",
        "nobody gets to see what is written in `{step}`; add a step of `kind: sort` with "
        "`of: {step}`",
    ),
    "rotates_apart": (
        "stappen met `rotates` horen achter elkaar te staan; zet `rotates` ook hier, of verplaats "
        "de stap",
        "steps with `rotates` have to follow each other; put `rotates` here too, or move the step",
    ),
    "no_bringer": (
        "zonder `kinds` gaat het over de groep en is er geen inbrenger; laat hier iedereen meedoen "
        "(`speakers: all`), of noem in `kinds` voor welke casussen dit is",
        "without `kinds` it is about the group, and nobody brings a case; let everyone take part "
        "here (`speakers: all`), or say in `kinds` for which cases it is",
    ),
    "most_below_least": (
        "`most` is kleiner dan `least`; een groep kan dan nooit goed zijn",
        "`most` is smaller than `least`; no group could ever fit",
    ),
    "recursion_loop": (
        "dit verwijst naar zichzelf en houdt nooit op; haal de verwijzing (`*…`) weg",
        "this points back into itself and never ends; take the reference (`*…`) out",
    ),
    "nobody_speaks": (
        "in geen stap komt een collega aan het woord; voeg `round`, `write` of `discuss` toe",
        "no step lets a colleague speak; add a `round`, `write` or `discuss`",
    ),
    "tray_stays_shut": (
        "`{step}` vult het blad, en geen latere stap opent het; voeg een stap `kind: tray` toe",
        "`{step}` fills the tray, and no later step opens it; add a step of `kind: tray`",
    ),
    "id_taken": (
        "een ander bestand in deze map heeft dit id al; geef deze methode een eigen id",
        "another file in this folder has this id already; give this method one of its own",
    ),
    # the file
    "too_large": ("het bestand is te groot voor een methode", "the file is too large for a method"),
    "no_utf8": ("bewaar het bestand als UTF-8", "save the file as UTF-8"),
    "key_twice": (
        "dit woord staat hier twee keer; haal er één weg",
        "this word stands here twice; take one out",
    ),
    "tab": ("gebruik spaties in plaats van een tab", "use spaces instead of a tab"),
    "no_yaml": (
        "hier loopt het lezen vast; kijk op deze regel en die ervoor of het inspringen klopt, "
        "en of elk aanhalingsteken en elk haakje ook sluit",
        "reading stops here; look on this line and the one before whether the indent is right, "
        "and whether every quote and bracket closes",
    ),
}

_SAME = {
    "enum": "literal_error",
    "int_type": "int_parsing",
    "int_from_float": "int_parsing",
    "bool_type": "bool_parsing",
    "model_attributes_type": "model_type",
}
_WISHED = {
    **dict.fromkeys(("extends", "inherits", "base", "include", "import"), "stands_alone"),
    **dict.fromkeys(("goto", "next", "repeat", "loop", "until", "while"), "goes_on"),
}
"""Words that people hope for, each with what there is instead."""

KINDS: Mapping[str, type[BaseModel]] = {
    get_args(step.model_fields["kind"].annotation)[0]: step for step in get_args(get_args(Step)[0])
}
"""The kinds of step, by their word in the file."""


def remedy(key: str, lang: str, **about: object) -> str:
    """Return what to do about a mistake of type `key`; `lang` "nl", anything else is English."""
    nl, en = REMEDIES[key]
    return (nl if lang == "nl" else en).format_map(about)


def remedy_for(found: ErrorDetails, lang: str) -> str:
    """Return what to do about an error that pydantic found in a method."""
    key = _SAME.get(found["type"], found["type"])
    if key not in REMEDIES:
        return found["msg"]
    about: dict[str, Any] = dict(found.get("ctx", {}))
    given = about.get("tag", found["input"])
    if key == "extra_forbidden":
        given = found["loc"][-1]
        key = _WISHED.get(str(given), key)
    allowed = _allowed(key, found["loc"], about)
    if key == "literal_error" and not allowed:
        key = "always_false"
    from rapidfuzz import fuzz, process  # here, because few files are wrong

    meant = process.extractOne(str(given), allowed, scorer=fuzz.ratio, score_cutoff=ALIKE)
    asked = "Bedoel je" if lang == "nl" else "Do you mean"
    about["meant"] = f". {asked} `{meant[0]}`?" if meant else ""
    said = remedy(key, lang, **about | {"given": given, "allowed": ", ".join(allowed)})
    return said.replace("?.", "?")


def _allowed(key: str, path: tuple[int | str, ...], about: Mapping[str, Any]) -> list[str]:
    match key:
        case "extra_forbidden":
            return list(_fields(path[:-1]))
        case "model_type":
            return list(_fields(path))
        case "union_tag_invalid" | "union_tag_not_found":
            return list(KINDS)
        case _:
            return re.findall(r"'([^']*)'", str(about.get("expected", "")))


def _fields(path: Iterable[int | str]) -> Iterable[str]:
    """Return the words that may stand in the part of a method at `path`."""
    model: type[BaseModel] = Method
    for key in path:
        if key in ("title", "leave", "fields"):
            model = Title
        elif key in ("prompt", "summary", "crib"):
            model = Prompt
        elif key == "roles":
            model = Role
        elif isinstance(key, str) and key in KINDS:
            model = KINDS[key]
    return model.model_fields
