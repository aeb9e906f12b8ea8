"""A method file is refused with its line and a way to mend it."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from bot.catalog.methods import (
    InvalidMethod,
    methods_with,
    own,
    read_method,
    schema,
    shipped_methods,
)
from bot.catalog.yaml_reader import read
from bot.cli import app
from bot.flows.method import GateStep, Method, TrayStep
from bot.flows.types import Aim, Guidance
from bot.i18n import LANGUAGES
from bot.resources import config_dir

DATA = Path(__file__).parent.parent / "flows" / "data"
BASIC = (config_dir() / "methods" / "basic.yaml").read_text(encoding="utf-8")


def mistaken(tmp_path: Path, text: str) -> InvalidMethod:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidMethod) as caught:
        read_method(file)
    return caught.value


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("name", "telling"),
    [
        ("advice-uncovered", ["step 1 › collects", "only if the presenter wants them"]),
        ("bracket-open", ["every quote and bracket closes"]),
        ("builds-on-itself", ["`extends` doesn't exist here", "`intervisie methods copy`"]),
        ("example-of-no-step", ["example › says › nowhere", "`nowhere` is no step"]),
        ("gate-unknown", ["step 3", "`door` is no earlier gate"]),
        ("id-with-capitals", ["`Our Questions` can't be an id", "small letters"]),
        ("kind-absent", ["step 2", "`kind` is missing", "present, round, write"]),
        ("kind-misspelt", ["step 2", "`kind: gat`", "Did you mean `gate`?"]),
        ("kinds-no-list", ["kinds", "a list belongs here"]),
        ("language-absent", ["step 1 › title › en", "is missing; add it"]),
        ("loop-without-end", ["step 1 › next", "from top to bottom, and always end"]),
        ("minutes-below-one", ["step 1 › minutes", "smallest number here is 1"]),
        ("minutes-in-words", ["step 1 › minutes", "whole number in digits"]),
        ("most-below-least", ["`most` is smaller than `least`"]),
        ("nobody-may-speak", ["step 1 › speakers", "Choose from: peers, all"]),
        ("nothing-to-sort", ["step 2 › of", "`kind: write` with `shows: sort`"]),
        ("parked-and-speaking", ["step 1 › speakers", "a parked presenter only reads"]),
        ("parked-bringer-speaks", ["step 2 › parked", "the presenter speaks in this step"]),
        ("reflection-absent", ["the last step", "`kind: reflect`"]),
        ("rounds-without-end", ["step 1 › rounds", "largest number here is 3"]),
        ("step-twice", ["step 3 › id", "`questions` occurs twice"]),
        ("tab", ["spaces instead of a tab"]),
        ("title-without-languages", ["step 1 › title", "each with a value: nl, en"]),
        ("tray-stays-shut", ["`advice` fills the notes", "add a step of `kind: tray`"]),
        ("value-misspelt", ["`qeustion`", "Did you mean `question`?", "compliment"]),
        ("word-misspelt", ["answer", "Did you mean `answers`?"]),
        ("word-twice", ["stands here twice"]),
        ("yes-or-no", ["step 1 › answers", "`true` or `false`"]),
    ],
)
def test_a_mistake_names_its_line_and_a_remedy_in_both_languages(name, telling):
    file = DATA / f"{name}.yaml"
    line = line_of(file.read_text(encoding="utf-8"), "# <- here")
    told = {}
    for lang, word in (("en", "line"), ("nl", "regel")):
        with pytest.raises(InvalidMethod) as caught:
            read_method(file, lang)
        assert [m.line for m in caught.value.mistakes] == [line]
        told[lang] = str(caught.value)
        assert told[lang].startswith(f"{name}.yaml, {word} {line}: ")
    assert all(words in told["en"] for words in telling)
    assert told["nl"] != told["en"]


def test_every_mistaken_file_is_one_change_away_from_a_whole_one():
    assert read_method(DATA / "whole.yaml").id == "mine"


def test_several_mistakes_are_told_at_once(tmp_path):
    text = BASIC.replace("minutes: 20", "minutes: 0").replace("coach: whole", "couch: whole")
    found = mistaken(tmp_path, text).mistakes
    assert [m.line for m in found] == [line_of(text, "minutes: 0"), line_of(text, "couch: whole")]


def test_mistakes_between_steps_are_told_with_those_within(tmp_path):
    text = (DATA / "whole.yaml").read_text(encoding="utf-8")
    text = text.replace("minutes: 5", "minutes: 0", 1) + "    behind: nowhere\n"
    found = {m.where: m.line for m in mistaken(tmp_path, text).mistakes}
    last = len(text.splitlines())
    assert sorted(found.values()) == [line_of(text, "minutes: 0"), last]
    assert any("behind" in where for where in found)


@pytest.mark.parametrize(
    ("change", "telling"),
    [
        ("at_most: {each: 0}", ["at_most › each: the smallest number here is 1"]),
        ("at_most: {}", ["say how many: `each`"]),
        ("at_mots: {each: 2}", ["Did you mean `at_most`?"]),
        ("turn: {nl: 'Vraag maar', en: '{who}?'}", ["turn › nl: use `{who}`"]),
        ("coach: loud", ["Choose from: off, questions, whole"]),
    ],
)
def test_mistakes_in_what_a_round_can_say_are_told(tmp_path, change, telling):
    text = (DATA / "whole.yaml").read_text(encoding="utf-8")
    text = text.replace("    answers: true\n", f"    {change}\n", 1)
    (mistake,) = (found := mistaken(tmp_path, text)).mistakes
    assert mistake.line == line_of(text, change)
    assert all(words in str(found) for words in telling)


def test_a_vote_has_two_options_at_least(tmp_path):
    text = (DATA / "whole.yaml").read_text(encoding="utf-8")
    vote = "  - id: vote\n    kind: vote\n    title: {nl: Stem, en: Vote}\n    minutes: 2\n"
    vote += "    prompt: {nl: Kies., en: Choose.}\n    options: [{nl: A, en: A}]\n"
    (mistake,) = mistaken(
        tmp_path, text.replace("  - id: gate\n", vote + "  - id: gate\n")
    ).mistakes
    assert mistake.where == "step 2 › options: "


def test_a_stored_method_of_before_loads():
    stored = shipped_methods()["basic"].model_dump(mode="json", exclude_defaults=True)
    for step in stored["steps"]:
        if "coach" in step:
            step["coach"] = True
    assert Method.model_validate_json(json.dumps(stored)) == shipped_methods()["basic"]


def test_a_file_is_in_languages_of_the_list_and_what_is_stored_need_not_be(tmp_path):
    words = BASIC.replace("nl:", "xx:")
    (mistake, *_) = mistaken(tmp_path, words).mistakes
    assert mistake.what == "`xx` isn't possible here. Choose from: nl, en, de"
    stored = json.dumps(shipped_methods()["basic"].model_dump(mode="json")).replace(
        '"nl":', '"xx":'
    )
    assert Method.model_validate_json(stored).languages == ("xx", "en", "de")


@pytest.mark.parametrize("text", ["", "- a\n", "hello", "a: &a [*a]\n", "steps: 3", "? [1]\n"])
def test_whatever_a_file_holds_no_message_is_pydantics_own(tmp_path, text):
    told = str(mistaken(tmp_path, text))
    assert not any(word in told for word in ("Input should", "Extra inputs", "Field required"))


def test_a_hundred_steps_are_too_many(tmp_path):
    text = BASIC.replace("  - id: check-in", "  - &step\n    id: check-in") + "  - *step\n" * 100
    (mistake,) = mistaken(tmp_path, text).mistakes
    assert (mistake.line, mistake.what) == (
        line_of(text, "steps:"),
        "too many: put at most 30 in the list",
    )


def test_a_file_that_is_too_large_or_no_text_is_refused(tmp_path):
    assert "too large" in str(mistaken(tmp_path, "#" * 300_000))
    file = tmp_path / "bytes.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidMethod, match="UTF-8"):
        read_method(file)


SHIPPED = [
    "action-learning",
    "appreciative",
    "balint",
    "balint-dutch",
    "basic",
    "blameless-review",
    "case-clinic",
    "codevelopment",
    "consultancy",
    "eight-phases",
    "evaluation",
    "first-meeting",
    "five-steps",
    "gossip",
    "images",
    "incident",
    "kollegiale-beratung",
    "moral-deliberation",
    "peer-review",
    "positive",
    "reflecting-rounds",
    "reframing",
    "six-hats",
    "socratic",
    "socratic-dialogue",
    "solution-focused",
    "ten-steps",
    "troika",
    "wise-crowds",
]


def test_all_methods_are_there_each_with_a_crib_sheet():
    assert sorted(shipped_methods()) == SHIPPED
    assert all(method.crib for method in shipped_methods().values())


def test_a_method_that_asks_for_trust_is_not_for_a_new_group():
    wary = {method.id for method in shipped_methods().values() if not method.new_groups}
    assert wary >= {"gossip", "balint", "balint-dutch"}


def test_what_is_for_reflection_alone_asks_for_no_advice():
    for method in shipped_methods().values():
        if method.aims == (Aim.REFLECTION,):
            assert not any(isinstance(step, GateStep | TrayStep) for step in method.steps)


def runs(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, list(words))
    return found.exit_code, found.output


def test_the_command_line_lists_copies_and_checks(tmp_path):
    listed = runs("methods", "list", "--lang", "en")[1]
    assert "Positive intervision" in listed
    assert len(listed.splitlines()) == len(SHIPPED)
    file = tmp_path / "mine.yaml"
    file.write_text(runs("methods", "copy", "basic")[1], encoding="utf-8")
    assert runs("methods", "check", str(file), "--lang", "en") == (
        0,
        "mine.yaml: basic, 9 steps, 65 minutes: fine\n",
    )
    for command in (("methods", "copy", "nonsense"), ("rehearse", "nonsense")):
        code, told = runs(*command, "--lang", "nl")
        assert (code, "Er is geen methode `nonsense`" in told) == (2, True)
    code, told = runs("rehearse", str(tmp_path / "absent.yaml"))
    assert (code, "No such file" in told) == (2, True)


def test_a_method_of_ones_own_is_rehearsed_from_its_file(tmp_path):
    file = tmp_path / "ours.yaml"
    whole = (DATA / "whole.yaml").read_text(encoding="utf-8")
    file.write_text(whole.replace("Vraag maar.", "Vraag wat je raakt."), encoding="utf-8")
    code, told = runs("rehearse", str(file), "--lang", "nl")
    assert code == 0
    assert "Vraag wat je raakt." in told


def test_the_schema_agrees_with_the_reader():
    checks = Draft202012Validator(json.loads(runs("methods", "schema")[1]))
    for file in (config_dir() / "methods").glob("*.yaml"):
        checks.validate(read(file))
    for name in ("kind-misspelt", "word-misspelt", "minutes-below-one"):
        assert not checks.is_valid(read(DATA / f"{name}.yaml"))


def keys_of(described):
    """List the keys in a schema with what it says of each."""
    for part in (described, *described["$defs"].values()):
        yield from part.get("properties", {}).items()


def test_every_key_is_explained_in_the_schema_and_the_docs():
    told = (config_dir().parent / "docs" / "methods.md").read_text(encoding="utf-8")
    keys = list(keys_of(schema()))
    assert len(keys) > 100
    for name, about in keys:
        assert about.get("description"), name
        assert re.search(rf"\b{name}\b", "".join(re.findall(r"`[^`]*`|^ {4}.*$", told, re.M))), name


def in_dutch(text: str) -> str:
    return re.sub(r", en: [^}]*}", "}", re.sub(r"(?m)^ *en: .*\n", "", text))


def test_a_method_in_one_language_says_so(tmp_path):
    file = tmp_path / "ours.yaml"
    text = in_dutch((DATA / "whole.yaml").read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    method = read_method(file)
    assert method.languages == ("nl",)
    assert method.title["en"] == method.title["nl"]
    told = runs("methods", "check", str(file), "--lang", "en")
    assert told == (
        0,
        "ours.yaml: mine, 5 steps, 34 minutes: fine, only for groups that speak Nederlands\n",
    )
    file.write_text(in_dutch(BASIC), encoding="utf-8")
    with pytest.raises(InvalidMethod, match=r"line 3: title: .*add that \(`de, en`\)"):
        methods_with(tmp_path)


@pytest.mark.parametrize(
    ("locale", "word"),
    [
        ({"LANG": "nl_NL.UTF-8"}, "regel"),
        ({"LANG": "nl_NL", "LC_MESSAGES": "en_GB"}, "line"),
        ({"LANG": "en_US", "LC_ALL": "nl_BE.UTF-8"}, "regel"),
        ({"LANG": "de_DE.UTF-8"}, "Zeile"),
        ({"LANG": "tr_TR.UTF-8"}, "line"),
        ({}, "line"),
    ],
)
def test_mistakes_are_told_in_the_terminals_language(monkeypatch, locale, word):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    file = str(DATA / "tab.yaml")
    found = CliRunner().invoke(app, ["methods", "check", file])
    assert str(found.exception).startswith(f"tab.yaml, {word} ")


def test_what_else_lies_in_the_folder_is_let_be(tmp_path):
    (tmp_path / "ours.yml").write_text(BASIC.replace("id: basic", "id: ours"))
    (tmp_path / "._ours.yaml").write_bytes(b"\0\5\x16\7 Mac OS X \xb0")
    (tmp_path / ".#ours.yaml").symlink_to("somebody@elsewhere.1")
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    (tmp_path / "ours.yaml~").write_text("a copy of an editor")
    assert set(methods_with(tmp_path)) - set(shipped_methods()) == {"ours"}


def test_a_folder_that_is_called_as_a_method_is_named(tmp_path):
    (tmp_path / "old.yaml").mkdir()
    with pytest.raises(OSError, match=r"old\.yaml"):
        methods_with(tmp_path)


def test_two_files_with_the_same_id_are_refused(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(BASIC.replace("id: basic", "id: ours"))
    with pytest.raises(InvalidMethod, match=r"two\.yaml, line 2: id: another file"):
        methods_with(tmp_path)
    (tmp_path / "two.yaml").unlink()
    assert methods_with(tmp_path)["ours"].title["en"] == "Basic"
    assert own(methods_with(tmp_path)["ours"]) == methods_with(tmp_path)["ours"]
    assert own(shipped_methods()["basic"]) is None


NEVER_FADES = {
    "nl": re.compile(
        r"alleen wat j(?:e|ij) wilt|niemand anders|zonder (?:je )?na[ma]|met respect|"
        r"ik-vorm|"
        r"kiest (?:straks )?zelf|nee is ook een goed|wat niet past|de groep ziet|"
        r"niet wat je ervan vindt",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"only what you (?:choose|want)|nobody else|without (?:your )?name|with respect|"
        r"write as “i|"
        r"chooses (?:what|whether)|no is a good|doesn't fit|the group will see|not what you think",
        re.IGNORECASE,
    ),
}
"""What is about privacy, respect, the I-form and one's own choice."""


@pytest.mark.parametrize("language", NEVER_FADES)
def test_what_protects_people_never_fades(language):
    found = 0
    for method in shipped_methods().values():
        for step in method.steps:
            said = [step.asks(language, guidance) for guidance in Guidance]
            protects = [set(NEVER_FADES[language].findall(text)) for text in said]
            assert protects[0] == protects[1] == protects[2], (method.id, step.id, said)
            found += bool(protects[0])
    assert found > 50


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_supported_group_hears_less_in_whole_sentences(language):
    for method in shipped_methods().values():
        for step in method.steps:
            whole, brief, always = (step.asks(language, guidance) for guidance in Guidance)
            assert len(always) < len(brief) <= len(whole)
            assert brief.endswith((".", "?", "…", "’", "”", ")"))
            assert step.brief is not None or len(step.prompt[language]) <= 110, step.id


def test_an_example_says_as_much_in_each_language():
    with_example = [method for method in shipped_methods().values() if method.example]
    assert len(with_example) >= 9
    for method in with_example:
        assert method.example.case is not None
        for key, lines in method.example.says.items():
            assert len({len(said) for said in lines.root.values()}) == 1, (method.id, key)
