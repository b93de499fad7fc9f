"""Config files: reading, overriding, and errors that point at the line."""

import json
import re
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from genaug import config
from genaug.components.discovery import Entry
from genaug.components.references import Use
from genaug.components.registry import Registry
from genaug.config import ConfigFile
from genaug.config.place import parsed, written
from genaug.config.yaml_writer import block, flow
from genaug.contracts import Selector
from genaug.errors import ConfigError
from genaug.experiments.study.study import read as read_study
from genaug.pipeline import Pipeline


class NearSelector(Selector):
    """Keep what lies near."""

    name: ClassVar[str] = "near"
    at_least: float = Field(default=1.0, gt=0)
    """Smallest score kept."""
    amount: int | float | None = None
    inner: Use[Selector] | None = None

    @model_validator(mode="after")
    def _sane(self) -> "NearSelector":
        if self.at_least == 13:
            raise ValueError("thirteen is unlucky")
        return self

    def select(self, candidates: Any, train: Any, context: Any) -> Any:
        raise NotImplementedError


class BareSelector(Selector):
    """Take no settings."""

    name: ClassVar[str] = "bare"

    def select(self, candidates: Any, train: Any, context: Any) -> Any:
        raise NotImplementedError


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    train: int = Field(ge=1)
    """How many to learn from."""
    names: dict[str, int] = {}


class Chain(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seed: int = 0
    split: Part = Part(train=1)
    first: Use[Selector]
    selectors: Annotated[tuple[Use[Selector], ...], Field()] = ()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    module = types.ModuleType("config_test_plugins")
    vars(module).update(NearSelector=NearSelector, BareSelector=BareSelector)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return Registry(
        Entry("selector", name, f"config_test_plugins:{target}", "config-test-plugins", "1.0")
        for name, target in (("near", "NearSelector"), ("bare", "BareSelector"))
    )


def write(folder: Path, text: str, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(file: ConfigFile, registry: Registry) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Chain.model_validate(file.data, context={"registry": registry})
    error = config.explain(caught.value, file, model=Chain, registry=registry)
    assert isinstance(error, ConfigError)
    return str(error).replace(str(Path(file.name).parent) + "/", "").splitlines()


def test_values_come_with_their_lines(tmp_path: Path) -> None:
    file = config.read(write(tmp_path, "# a comment\nseed: 3\nselectors:\n  - {use: near}\n  - use: bare\n"))
    assert file.data == {"seed": 3, "selectors": [{"use": "near"}, {"use": "bare"}]}
    assert file.where(("seed",)).endswith("a.yaml:2")
    assert file.where(("selectors", 1, "use")).endswith("a.yaml:5")
    assert file.where(("selectors", 0, "k")).endswith("a.yaml:4")


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("1e-3", 1e-3),
        ("1E5", 1e5),
        ("-2.5e+4", -2.5e4),
        (".5", 0.5),
        ("5.", 5.0),
        ("010", 10),
        ("0x1F", 31),
        ("1_000", 1000),
        ("-7", -7),
        ("1:30", "1:30"),
        ("2024-01-31", "2024-01-31"),
        ("1.2.3", "1.2.3"),
        ("e5", "e5"),
        ("-", "-"),
        ("no", False),
        ("On", True),
        ("YES", True),
        ("off", False),
        ("true", True),
        ("False", False),
        ("y", "y"),
        ("0o17", "0o17"),
        ("0b11", "0b11"),
        ("0x", "0x"),
        ("1e", "1e"),
        ("+1e3", 1e3),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("=", "="),
        ("-.INF", -float("inf")),
        ("'<<'", "<<"),
        ("!!str 010", "010"),
        ("!!float 3", 3.0),
        ("[a:1, {'b':2}, c?d]", ["a:1", {"b": 2}, "c?d"]),
        ("'no'", "no"),
        ("~", None),
        ("", None),
        (".inf", float("inf")),
        ("'1e-3'", "1e-3"),
    ],
)
def test_scalars_mean_what_a_person_means(tmp_path: Path, literal: str, value: object) -> None:
    read = config.read(write(tmp_path, f"a: {literal}\n" if literal != "-" else 'a: "-"\n')).data["a"]
    assert read == value
    assert type(read) is type(value)


def test_keys_are_text_as_written(tmp_path: Path) -> None:
    file = config.read(write(tmp_path, "names: {no: 1, 007: 2, 1.50: 3, null: 4}\n"))
    assert file.data == {"names": {"no": 1, "007": 2, "1.50": 3, "null": 4}}


def test_aliases_become_values_of_their_own(tmp_path: Path) -> None:
    file = config.read(write(tmp_path, "a: &x {k: 1, m: 2}\nb: *x\nc: {<<: *x, k: 5}\n"))
    file.override("b.k=7")
    assert file.data == {"a": {"k": 1, "m": 2}, "b": {"k": 7, "m": 2}, "c": {"k": 5, "m": 2}}
    assert file.where(("b", "m")).endswith("a.yaml:1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\nb: 2\nseed: 3\n", "a.yaml:3:1: seed is given twice: here and in line 1"),
        ("s:\n  - {a: 1, a: 2}\n", "a.yaml:2:12: s[0].a is given twice: here and in line 2"),
        ("a:\n\tb: 1\n", "a.yaml:2:1: not valid YAML: a tab where YAML wants spaces"),
        ("a: b: c\n", "a.yaml:1:5: not valid YAML: a ': ' where no value can be"),
        ("a: {b: 1\nc: 2\n", "a.yaml:1:4: not valid YAML: a '{' that is never closed"),
        ("a: [1, 2\n", "a.yaml:1:4: not valid YAML: a '[' that is never closed"),
        ("a: 'x\n", "a.yaml:1:4: not valid YAML: a quote that is never closed"),
        ("a:\n   b: 1\n  c: 2\n", "a.yaml:3:3: not valid YAML: the indentation does not fit the lines above"),
        ("a: 1\nb\nc: 1\n", "a.yaml:2:1: not valid YAML: a key without its ': '"),
        ("a: *nowhere\n", "a.yaml:1:4: not valid YAML: an alias (*name) for which there is no anchor"),
        ("a: {\n", "not valid YAML: a '{' or '[' that is never closed"),
        ("a: @b\n", "a.yaml:1:4: not valid YAML: text cannot begin with this character: quote it"),
        ('a: "C:\\d"\n', "a.yaml:1:8: not valid YAML: an unknown escape: write it in single quotes"),
        ("a: 1\n: 2\n", "a.yaml:2:1: a ':' without a key before it"),
        ("a: {b, : c}\n", "a.yaml:1:9: a ':' without a key before it"),
        ("a: &x 1\nb: &x 2\n", "a.yaml:2:4: not valid YAML: an anchor (&name) given twice"),
        ("{a: 1}\nb: 2\n", "a.yaml:2:1: not valid YAML: something after the end of the config"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: not valid YAML: a second document"),
        ("a: 1\nb: \x07\n", "a.yaml:2:4: not valid YAML: a control character"),
        ("a: !!python/name:os.system x\n", "a.yaml:1:4: the tag !!python/name:os.system is not allowed"),
        ("a: !own 1\n", "a.yaml:1:4: the tag !own is not allowed"),
        ("a: !!int x\n", "a.yaml:1:4: 'x' cannot be read as int"),
        ("? [a, b]\n: 1\n", "a.yaml:1:3: a key must be text"),
        ("a: &x [*x]\n", "an anchor contains its own alias"),
        ("a: &x {<<: *x}\n", "an anchor contains its own alias"),
        ("a: {<<: 3}\n", "only a mapping can be merged"),
        ("", "a.yaml: the file is empty; `genaug init FOLDER`"),
        ("# nothing\n", "the file is empty"),
        ("- a\n", "but this is a list"),
        ("hello\n", "but this is a single value"),
        ("a: " + "[" * 3000, "nested too deeply"),
    ],
)
def test_bad_yaml_says_where_and_what(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.read(write(tmp_path, text))
    assert message in str(caught.value)
    assert str(tmp_path / "a.yaml") in str(caught.value)


@pytest.mark.parametrize(
    "value",
    ["[*{0},*{0},*{0},*{0},*{0},*{0},*{0},*{0},*{0}]", "{{<<: [*{0},*{0},*{0},*{0},*{0},*{0},*{0},*{0}]}}"],
)
def test_aliases_that_multiply_are_stopped(tmp_path: Path, value: str) -> None:
    first = "[1]" if value.startswith("[") else "{k: 1}"
    lines = [f"x0: &x0 {first}", *(f"x{i}: &x{i} " + value.format(f"x{i - 1}") for i in range(1, 12))]
    with pytest.raises(ConfigError, match="aliases make this more than 100,000 values"):
        config.read(write(tmp_path, "\n".join(lines)))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    write(tmp_path, "a: 1\n", "digits.yaml")
    with pytest.raises(ConfigError, match=r"digit\.yaml: there is no such file; in .* there is digits\.yaml"):
        config.read(tmp_path / "digit.yaml")
    with pytest.raises(ConfigError, match="nor the folder"):
        config.read(tmp_path / "none" / "a.yaml")
    with pytest.raises(ConfigError, match=r"ends in \.yaml \(or \.yml\) or \.toml, not '\.json'"):
        config.read(write(tmp_path, "{}", "a.json"))
    with pytest.raises(ConfigError, match="there is no such config, file or folder"):
        config.read(tmp_path / "config")
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(ConfigError, match="this is a folder"):
        config.read(tmp_path / "folder.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(ConfigError, match=r"latin\.yaml:2: not UTF-8"):
        config.read(tmp_path / "latin.yaml")


def test_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "w.yml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    file = config.read(tmp_path / "w.yml")
    assert file.data == {"a": 1, "b": 2}
    assert file.where(("b",)).endswith("w.yml:2")


TOML = '''seed = 1
note = """
[not.a.table]
x = 1
"""
first = {use = "near", at_least = 2.0}

[split]
train = 5

[[selectors]]
use = "near"
[[selectors]]
use = "bare"
[selectors.inner]
use = "near"

[split.names]
"a dog" = 3
'''


def test_toml_comes_with_its_lines(tmp_path: Path) -> None:
    file = config.read(write(tmp_path, TOML, "a.toml"))
    assert file.data["selectors"][1] == {"use": "bare", "inner": {"use": "near"}}
    for place, line in {
        ("seed",): 1,
        ("note",): 2,
        ("first", "at_least"): 6,
        ("split",): 8,
        ("split", "train"): 9,
        ("selectors", 0): 11,
        ("selectors", 0, "use"): 12,
        ("selectors", 1): 13,
        ("selectors", 1, "use"): 14,
        ("selectors", 1, "inner"): 15,
        ("selectors", 1, "inner", "use"): 16,
        ("split", "names", "a dog"): 19,
    }.items():
        assert file.where(place).endswith(f"a.toml:{line}"), place


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\na = 2\n", "a.toml:2:6: not valid TOML: cannot overwrite a value"),
        ("a = \n", "a.toml:1:5: not valid TOML: invalid value"),
        ("a = [1,\n", "a.toml:2:1: not valid TOML"),
        ("", "the file is empty"),
    ],
)
def test_bad_toml_says_where_and_what(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.read(write(tmp_path, text, "a.toml"))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a", ("a",)),
        ("generator.steps", ("generator", "steps")),
        ("selectors[1].at_least", ("selectors", 1, "at_least")),
        ("a[0][2]", ("a", 0, 2)),
        ('names["a dog"].x', ("names", "a dog", "x")),
        ("", None),
        (".a", None),
        ("a..b", None),
        ("a.", None),
        ("a b", None),
        ("a[x]", None),
        ("a[1]b", None),
    ],
)
def test_places_are_read(text: str, place: tuple[str | int, ...] | None) -> None:
    assert parsed(text) == place
    if place is not None:
        assert written(place) == text


def test_overrides_set_add_and_replace(tmp_path: Path) -> None:
    file = config.read(write(tmp_path, "seed: 1\nselectors:\n  - {use: near}\n"))
    for text in (
        "seed=2",
        "selectors[0].at_least=1e-3",
        "selectors.0.amount=7",
        "selectors[1]={use: bare}",
        "split.train=4",
        "first={use: near, inner: {use: bare}}",
    ):
        assert file.override(text) is file
    assert file.data == {
        "seed": 2,
        "selectors": [{"use": "near", "at_least": 1e-3, "amount": 7}, {"use": "bare"}],
        "split": {"train": 4},
        "first": {"use": "near", "inner": {"use": "bare"}},
    }
    assert file.where(("seed",)) == "--set seed=2"
    assert file.where(("selectors", 0, "use")).endswith("a.yaml:3")
    assert file.where(("first", "inner")) == "--set first={use: near, inner: {use: bare}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed", "expected path=value, like generator.steps=200"),
        ("=3", "expected path=value"),
        ("selectors[2].k=1", "selectors holds 1, counted from 0: the next is selectors[1]"),
        ("selectors.k=1", "selectors is a list: say which, like selectors[0]"),
        ("seed.x=1", "seed is 1, which holds no 'x'"),
        ("first[0]=1", "first is a mapping: it has no [0]"),
        ("seed=[1", "a '[' that is never closed"),
    ],
)
def test_overrides_that_make_no_sense_are_refused(tmp_path: Path, text: str, message: str) -> None:
    file = config.read(write(tmp_path, "seed: 1\nfirst: {use: near}\nselectors:\n  - {use: near}\n"))
    with pytest.raises(ConfigError) as caught:
        file.override(text)
    assert str(caught.value).startswith(f"--set {text}")
    assert message in str(caught.value)


NO_INTEGER = "expected a whole number"


def test_every_problem_is_listed_at_its_line(tmp_path: Path, registry: Registry) -> None:
    file = config.read(
        write(
            tmp_path,
            "seed: zero\n"
            "spilt: {}\n"
            "split:\n"
            "  trian: 3\n"
            "  names: {cat: many}\n"
            "first: {use: near}\n"
            "selectors:\n"
            "  - {use: near, at_least: -1, at_lest: 2}\n"
            "  - use: near\n"
            "    amount: lots\n"
            "    inner:\n"
            "      use: nera\n"
            "  - {use: bare, k: 1}\n"
            "  - near\n"
            "  - {use: near, at_least: 13}\n",
        )
    )
    assert sorted(refusal(file, registry)) == sorted(
        [
            f'a.yaml:1: seed: {NO_INTEGER} (you gave "zero")',
            "a.yaml:2: spilt: unknown setting; did you mean 'split'? "
            "this takes: first, seed, selectors, split",
            "a.yaml:4: split.trian: unknown setting; did you mean 'train'? this takes: names, train",
            "a.yaml:3: split.train: is missing (How many to learn from.)",
            f'a.yaml:5: split.names.cat: {NO_INTEGER} (you gave "many")',
            "a.yaml:8: selectors[0].at_least: must be greater than 0 (you gave -1)",
            "a.yaml:8: selectors[0].at_lest: unknown setting; did you mean 'at_least'? "
            "'near' takes: amount, at_least, inner",
            f'a.yaml:10: selectors[1].amount: {NO_INTEGER} (you gave "lots"), or '
            'expected a number (you gave "lots")',
            "a.yaml:12: selectors[1].inner.use: there is no selector 'nera'. Did you mean 'near'? "
            "Installed: bare, near",
            "a.yaml:13: selectors[2].k: unknown setting; 'bare' takes none",
            "a.yaml:14: selectors[3]: expected a mapping that names the selector, like use: NAME "
            '(you gave "near")',
            "a.yaml:15: selectors[4]: thirteen is unlucky",
        ]
    )


def test_missing_and_misshapen_parts_say_what_to_write(tmp_path: Path, registry: Registry) -> None:
    file = config.read(write(tmp_path, "seed: 1\nselectors: {use: near}\nsplit: 3\n"))
    assert sorted(refusal(file, registry)) == [
        "a.yaml: first: is missing: write first: {use: NAME}, with one of bare, near",
        "a.yaml:2: selectors: expected a list: one `- …` line for each item (you gave a mapping)",
        "a.yaml:3: split: expected a mapping: `key: value` (you gave 3)",
    ]


def test_an_override_is_quoted_instead_of_a_line(tmp_path: Path, registry: Registry) -> None:
    file = config.read(write(tmp_path, "first: {use: near}\n")).override("first.at_least=-1")
    assert refusal(file, registry) == [
        "--set first.at_least=-1: first.at_least: must be greater than 0 (you gave -1)"
    ]


def test_without_a_file_only_the_path_is_told(registry: Registry) -> None:
    with pytest.raises(ValidationError) as caught:
        Chain.model_validate({"first": {"use": "near", "at_least": 0}}, context={"registry": registry})
    assert str(config.explain(caught.value)) == "first.at_least: must be greater than 0 (you gave 0)"


def test_a_valid_file_becomes_the_model(tmp_path: Path, registry: Registry) -> None:
    text = (
        'first = {use = "near", at_least = 2.0}\n[[selectors]]\nuse = "near"\n[[selectors]]\nuse = "bare"\n'
    )
    file = config.read(write(tmp_path, text, "a.toml"))
    chain = Chain.model_validate(file.data, context={"registry": registry})
    assert chain.first == NearSelector(at_least=2.0)
    assert chain.selectors == (NearSelector(), BareSelector())


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
REPEATED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


LOOKS_LIKE = st.sampled_from(
    [
        "no",
        "On",
        "1e-3",
        "010",
        "0o17",
        "1:30",
        "2024-01-31",
        "~",
        "",
        "<<",
        ":0",
        "- a",
        "a: b",
        "a #b",
        "...",
    ]
)


def as_json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", text)


@pytest.mark.parametrize("written_by", [block, flow, as_json])
@given(value=PLAIN | st.lists(LOOKS_LIKE) | st.dictionaries(LOOKS_LIKE, LOOKS_LIKE))
@REPEATED
def test_what_is_written_is_read_back(
    tmp_path: Path, written_by: Callable[[Any], str], value: dict[str, Any]
) -> None:
    path = write(tmp_path, written_by({"a": value}))
    read = config.read(path).data
    assert read == {"a": value}
    assert repr(read) == repr({"a": value})


def test_one_line_of_yaml_fits_into_other_yaml(tmp_path: Path) -> None:
    value = {"use": "a b", "k": ["no", 1e-3, None, "x\u2028y\nz", "w" * 300]}
    line = flow(value)
    assert line == f"{{use: a b, k: ['no', 0.001, null, \"x\\Ly\\nz\", {'w' * 300}]}}"
    assert config.read(write(tmp_path, f"a:\n  - {line} # said\n")).data == {"a": [value]}


def test_blocks_are_indented_as_in_the_recipes() -> None:
    assert block({"b": 1, "a": [{"use": "x", "k": [1, 2]}, "y"]}) == (
        "b: 1\na:\n  - use: x\n    k:\n      - 1\n      - 2\n  - y\n"
    )


@given(text=st.text("ab:-[]{}&*<'\"#!|>%@,\n\t 01.~=?\\\x85\ufeff", max_size=40))
@REPEATED
@pytest.mark.parametrize("suffix", ["yaml", "toml"])
def test_whatever_is_written_is_read_or_refused_in_words(tmp_path: Path, suffix: str, text: str) -> None:
    path = write(tmp_path, text, f"a.{suffix}")
    refused = ""
    try:
        assert isinstance(config.read(path).data, dict)
    except ConfigError as error:
        refused = str(error)
    assert not refused or refused.startswith(str(path))


@given(text=st.text('ab01.[]="{}:,& ', max_size=20))
@REPEATED
def test_whatever_is_set_is_set_or_refused_in_words(text: str) -> None:
    file = ConfigFile("a.yaml", {"a": [{"b": 1}], "b": {"a": 0}})
    refused = ""
    try:
        file.override(text)
    except ConfigError as error:
        refused = str(error)
    assert not refused or refused.startswith(f"--set {text}")


@pytest.mark.parametrize(
    ("text", "study", "said"),
    [
        (
            "source: {use: x}\nseed: 3\n",
            True,
            "the config of a run, not a study: `genaug run a.yaml`",
        ),
        ("base: {}\narms: {}\n", False, "a.yaml is a study, not the config of a run: `genaug bench a.yaml`"),
        (
            "pipeline: {}\n",
            False,
            "a comparison of selectors, not the config of a run: `genaug com",
        ),
        (
            "services: {}\nvolumes: {}\n",
            False,
            "the keys services, volumes, and the config of a run has",
        ),
    ],
)
def test_a_file_of_another_kind_is_one_line_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, study: bool, said: str
) -> None:
    # Before: 17 lines, one for each key that is missing or unknown.
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(text)
    with pytest.raises(ConfigError) as error:
        read_study(Path("a.yaml")) if study else Pipeline.from_file("a.yaml")
    assert said in str(error.value)
    assert "\n" not in str(error.value)
