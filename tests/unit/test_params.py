"""params.yaml: what is accepted, and what is said about the rest; its JSON Schemas say the same to editors."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.serialize import loads_yaml
from jsonschema import Draft7Validator
from pydantic import ValidationError
from ruamel.yaml import YAML

from mnist_mlp import custom_engine, torch_engine
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, load_params
from mnist_mlp.training import initialization
from tests.support.factory import ROOT, names, params_text, train_params
from tests.support.refusals import refusal
from tools.schema import DRAFT, FILES


def read(changes: Mapping[str, str | None] | str) -> Params:
    text = changes if isinstance(changes, str) else params_text(changes)
    return load_params(Path("p.yaml"), text.encode())


def why_refused(changes: Mapping[str, str | None] | str) -> list[str]:
    """Return the lines of the error that the text of a file ends with, without the file's name."""
    lines = refusal(read, changes).splitlines()
    assert all(line.startswith("p.yaml: ") for line in lines)
    return [line.removeprefix("p.yaml: ") for line in lines]


def test_the_committed_file_trains_both_engines_on_the_same_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    params = load_params()
    assert (params.split.test_size, params.split.val_size) == (10_000, 5_000)
    for engine in (params.train_custom, params.train_torch):
        assert (engine.epochs, engine.batch_size, engine.shuffle_seed) == (50, 100, 10)
    monkeypatch.chdir(tmp_path)
    assert refusal(load_params) == "params.yaml: no such file; run from the root of the repository"


@pytest.mark.parametrize(
    ("keys", "below", "allowed", "above"),
    [
        ("train_custom.lr train_custom.init_std", "0", "1e-300 1e38", "1.1e38"),
        ("train_custom.momentum train_custom.beta1 train_custom.beta2", "-0.1", "0 0.999", "1"),
        ("train_custom.weight_decay", "-0.1", "0 1e38", "1.1e38"),
        ("train_custom.eps", "9e-38", "1e-37 1", "1.1"),
        ("train_custom.epochs train_torch.batch_size", "0", "1 1000000", "1000001"),
        ("train_custom.init_seed train_custom.shuffle_seed split.seed", "-1", "0 4294967295", "4294967296"),
        ("split.test_size split.val_size", "0", "0.001 60.0 1e9", "1.5"),
        ("evaluate.published_custom evaluate.published_torch", "-0.1", "0 1", "1.1"),
        ("evaluate.confidence", "0", "0.01 0.99", "1"),
        ("plot.dpi", "49", "50 600", "601"),
        ("plot.digits_shown", "0", "1 100", "101"),
    ],
)
def test_numbers_are_bounded(keys: str, below: str, allowed: str, above: str) -> None:
    for name in keys.split():
        for end in allowed.split():
            read({name: end})
        for text in (below, above):
            (line,) = why_refused({name: text})
            assert line.startswith(f"{name} must be ")
            assert line.endswith(f", got {loads_yaml(text)}")


NO_SECTION = "must be a section of `key: value` lines"
CLASSES = "fetch_mnist.classes: must be "


@pytest.mark.parametrize(
    ("changes", "start", "end"),
    [
        ({"train_custom.lr": "-1"}, "train_custom.lr must be greater than 0, got -1", ""),
        ({"train_custom.epochs": "1.5"}, "train_custom.epochs must be a valid integer, got 1.5", ""),
        ({"fetch_mnist.path": '""'}, "fetch_mnist.path must have at least 1 character, got ''", ""),
        ({"train_custom.loss": "hinge"}, "train_custom.loss must be 'mse' or 'cross_entropy', got 'hinge'", ""),
        ({"train_custom.hidden_sizes": "[true]"}, "train_custom.hidden_sizes must be a number or", "got [True]"),
        ({"train_custom.hidden_sizes": "[5, 0]"}, "train_custom.hidden_sizes[1] must be greater than or", "got 0"),
        ({"train_custom.bach_size": "1"}, "train_custom.bach_size is not a", "; did you mean batch_size?"),
        ({"plot.momentum": "1"}, "plot.momentum is not a parameter; ", "known here: digits_shown, dpi"),
        ({"fetch_mnist.classes": "1"}, CLASSES, "2 to 256 classes, got 1"),
        ({"fetch_mnist.classes": "257"}, CLASSES, "2 to 256 classes, got 257"),
        ({"fetch_mnist.classes": "[cat]"}, CLASSES, "2 to 256 names of classes, got 1"),
        ({"fetch_mnist.classes": "[cat, dog, cat]"}, CLASSES, "different names, got 'cat' 2 times"),
        ({"fetch_mnist.classes": "[cat, '']"}, CLASSES, "without blanks around them, got ''"),
        ({"fetch_mnist.classes": "[cat, ' dog']"}, CLASSES, "without blanks around them, got ' dog'"),
        ({"fetch_mnist.classes": '[cat, "a\\nb"]'}, CLASSES, "without blanks around them, got 'a\\nb'"),
        ({"fetch_mnist.classes": f"[cat, {'a' * 41}]"}, CLASSES, f"without blanks around them, got '{'a' * 41}'"),
        ({"train_custom.loss": "cross_entropy"}, "train_custom: loss: cross_entropy needs output_activation", ""),
        ({"train_custom.nesterov": "true"}, "train_custom: nesterov: true needs a momentum above 0", ""),
        (
            {"train_custom.optimizer": "adam", "train_custom.momentum": "0.9"},
            "train_custom: momentum and nest",
            "",
        ),
        (
            {"train_custom.optimizer": "adam", "train_custom.nesterov": "true"},
            "train_custom: momentum and nest",
            "",
        ),
        ({"train_custom.device": "cuda"}, "train_custom: device must be cpu, NumPy's only device, got cuda", ""),
        (params_text() + "train_numpy: {}\n", "train_numpy is not a parameter; ", "did you mean train_custom?"),
        (params_text() + "zzz: {}\n", "zzz is not a parameter; known here: ", ", ".join(Params.model_fields)),
        ("", f"the file {NO_SECTION}, got None", ""),
        ("- 1\n", f"the file {NO_SECTION}, got [1]", ""),
    ],
)
def test_other_values_keys_and_combinations_are_refused(
    changes: dict[str, str | None] | str, start: str, end: str
) -> None:
    (line,) = why_refused(changes)
    assert line.startswith(start)
    assert line.endswith(end)


@pytest.mark.parametrize(
    ("text", "names"),
    [("2", ("0", "1")), ("256", tuple(map(str, range(256)))), ("[7, cat]", ("7", "cat")),
     (f"[T-shirt/top, {'ß' * 40}]", ("T-shirt/top", "ß" * 40))],
)  # fmt: skip
def test_classes_may_be_a_number_or_names(text: str, names: tuple[str, ...]) -> None:
    fetch = read({"fetch_mnist.classes": text, "fetch_mnist.path": "a"}).fetch_mnist
    assert (fetch.classes, fetch.path) == (names, "a")


def test_values_that_go_together_are_taken_as_they_are() -> None:
    sgd = {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}
    for changes in (sgd, {"optimizer": "adam", "weight_decay": 1e-4, "beta1": 0, "beta2": 0, "eps": 1}):
        params = train_params(**changes)
        assert {key: getattr(params, key) for key in changes} == changes
        with pytest.raises(ValidationError, match="frozen"):
            params.lr = 0.2  # type: ignore[misc]


def test_every_mistake_has_a_line_of_its_own_and_twenty_are_listed() -> None:
    lines = why_refused({"train_custom.lr": "-1", "train_torch.epochs": None, "plot.dpi": "1"})
    assert [line.split()[0] for line in lines] == ["train_custom.lr", "train_torch.epochs", "plot.dpi"]
    assert lines[1] == "train_torch.epochs is missing"
    many = why_refused(params_text() + "".join(f"k{i}: 1\n" for i in range(25)))
    assert (len(many), many[-1]) == (21, "and 5 more errors")


SPELLINGS = {
    "train_custom.lr": "1e-05 1e-5 1.0e-5 .5 5. +1 1_000 0x1f .inf -.INF .nan ~ 1:30",
    "train_torch.batch_size": "0100 0o17 0b11 1_0 1e2 2001-01-01",
    "train_torch.nesterov": "TRUE yes on False 'true'",
    "fetch_mnist.path": "yes 0o 1.2.3 0100 null 2001-01-01",
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name in SPELLINGS for text in SPELLINGS[name].split()]
)
def test_a_value_is_what_it_is_to_dvc_or_is_refused_as_that(name: str, text: str) -> None:
    changes = {"train_torch.momentum": "0.9", name: text}
    section, key = name.split(".")
    meant = loads_yaml(params_text(changes))[section][key]
    try:
        found = getattr(getattr(read(changes), section), key)
    except InputError as error:
        found, meant = str(error).partition("got ")[2], repr(meant)
    assert found == meant


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (b"a: 1\nb: 2\na: 3\n", ", line 3", 'expected YAML, got: found duplicate key "a"'),
        (b"a: 1\nb: !!int 2\n", ", line 2", "expected plain values, got .* a tag"),
        (b"a: 1\nb: !x 2\n", ", line 2", "expected plain values, got .* a tag"),
        (b"a: &x 1\n", ", line 1", "expected plain values, got an anchor"),
        (b"a: 1\nb: [*x]\n", ", line 2", "expected plain values, got .* an alias"),
        (b"%TAG ! tag:a,2002:\n---\na: !int 1\n", ", line 3", "expected plain values, got .* a tag"),
        (b"a: 1\n---\nb: 1\n", ", line 2", "expected YAML, got: but found another document"),
        (b"a\x00b", "", "expected YAML, got: unacceptable character"),
        (b"\xff\xfe\xff", "", "expected YAML, got: 'utf-8' codec"),
        (b"a: " + b"1" * 5000, "", "expected YAML, got: "),
        (b"a: " + b"[" * 10 + b"]" * 10, "", "expected at most 10 nested sections or lists, got more"),
        (b"a: 1\n#" + b" " * (2**16 - 5), "", "expected parameters in at most 65536 bytes, got more"),
    ],
)
def test_what_a_file_of_parameters_does_not_need_is_refused(
    tmp_path: Path, content: bytes, place: str, message: str
) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"^[^\n]*/params\.yaml{place}: {message}[^\n]*$"):
        load_params(path)


@pytest.mark.parametrize("content", ["a: [[[[[[[]]]]]]]", "a: 1\n#" + " " * (2**16 - 6), "%YAML 1.1\n---\na: 1"])
def test_what_is_just_within_the_bounds_of_yaml_is_read(content: str) -> None:
    assert any(line.startswith("a is not a parameter") for line in why_refused(content))


@pytest.mark.parametrize("engine", [custom_engine, torch_engine])
def test_the_names_allowed_are_those_that_the_engines_know(engine: object) -> None:
    for field in ("activation", "output_activation", "loss", "optimizer"):
        plural = f"{field}s" if field != "loss" else "losses"
        assert set(names(field)) == set(getattr(engine, plural.upper()))
    assert set(names("weight_init")) == set(initialization.INITIALIZERS)


def schema(path: Path) -> Any:  # noqa: ANN401  # JSON
    return json.loads((ROOT / path.with_suffix(".schema.json")).read_text(encoding="utf-8"))


def faults(text: str, path: Path = Path("params.yaml")) -> list[tuple[str, str]]:
    """Return where a YAML text is against the committed schema, and the keyword that it is against."""
    found = Draft7Validator(schema(path)).iter_errors(YAML(typ="safe").load(text))
    return [(".".join(map(str, error.absolute_path)), str(error.validator)) for error in found]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_the_committed_schema_is_current_and_the_committed_file_is_valid(path: Path) -> None:
    assert schema(path) == {"$schema": DRAFT} | FILES[path].model_json_schema(), "run: python -m tools.schema"
    Draft7Validator.check_schema(schema(path))
    assert faults((ROOT / path).read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize(
    ("name", "text", "keyword"),
    [
        ("train_custom.lr", "fast", "type"),
        ("train_torch.output_activation", "gelu", "enum"),
        ("train_torch.momentum", "1", "exclusiveMaximum"),
        ("split.seed", "4294967296", "maximum"),
        ("fetch_mnist.classes", "[cat]", "anyOf"),
    ],
)
def test_a_bad_value_is_refused_by_the_schema(name: str, text: str, keyword: str) -> None:
    assert faults(params_text({name: text})) == [(name, keyword)]
