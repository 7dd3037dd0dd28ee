"""Values are read as DVC reads them, or refused: what DVC records is what a stage computes with."""

import random
from pathlib import Path

import pytest
from dvc.utils.serialize import parse_yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.plain_yaml import read_yaml
from tests.support.factory import params_text

# characters of numbers, booleans, dates and comments: most of these words mean something in one version of YAML
CHARACTERS = "0123456789+-._eExob:~aflnrstuyNTY #,%@`'\""
KNOWN = [
    "true", "false", "null", "~", ".inf", "-.INF", ".nan", "1e-05", "1.0e-08", "-0.5", "+1", "10", "[1, 2]", "[]",
     "{a: 1}", "relu", "yes", "on", "0100", "0o17", "0x1f", "1:30", "1_0", "2001-01-01", "'0100'", '"yes"',
]  # fmt: skip
VALUES = st.one_of(st.text(CHARACTERS, min_size=1, max_size=8), st.sampled_from(KNOWN))
FILES = st.lists(
    st.tuples(st.sampled_from("abcd"), VALUES), min_size=1, max_size=4, unique_by=lambda pair: pair[0]
)


def read(folder: Path, text: str) -> object:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path)


def compare_with_dvc(folder: Path, pairs: list[tuple[str, str]], listed: bool) -> None:
    """Read a file with our reader and, unless that refuses it, with DVC's."""
    mark = "- " if listed else "  "
    text = "".join(f"{key}:\n{mark}{value}\n" if listed else f"{key}: {value}\n" for key, value in pairs)
    try:
        ours = read(folder, text)
    except InputError:
        return
    assert repr(ours or {}) == repr(parse_yaml(text, "file.yaml")), text


@settings(max_examples=500, deadline=None, database=None, derandomize=True)
@given(pairs=FILES, listed=st.booleans())
def test_a_file_means_the_same_to_dvc(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]], listed: bool
) -> None:
    compare_with_dvc(tmp_path_factory.getbasetemp(), pairs, listed)


@pytest.mark.slow
def test_twenty_thousand_files_mean_the_same_to_dvc(tmp_path: Path) -> None:
    stream = random.Random(0)  # noqa: S311  # Hypothesis would take a minute
    for _ in range(20_000):
        keys = stream.sample("abcd", stream.randint(1, 4))
        compare_with_dvc(tmp_path, [(key, draw(stream)) for key in keys], listed=stream.random() < 0.5)


def draw(stream: random.Random) -> str:
    """Return a value of the kinds that ``VALUES`` has."""
    if stream.random() < 0.3:
        return stream.choice(KNOWN)
    return "".join(stream.choices(CHARACTERS, k=stream.randint(1, 8)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train_custom.batch_size", "0100"),
        ("train_custom.init_seed", "0227"),
        ("train_custom.epochs", "1:30"),
        ("train_custom.lr", "1_0"),
        ("train_custom.nesterov", "yes"),
        ("train_custom.batch_size", "0x64"),
        ("train_custom.batch_size", "0o144"),
        ("train_custom.activation", "2001-01-01"),
    ],
)
def test_a_value_that_dvc_could_read_differently_is_refused(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(params_text({name: text}), encoding="utf-8")
    with pytest.raises(
        InputError, match=rf"'{text}', which versions of YAML read differently; .* \(line \d+, col"
    ):
        load_params(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-05", 1e-05), ("1e5", 1e5), ("-0.5", -0.5), ("5.", 5.0), (".5", 0.5), ("10", 10), ("TRUE", True)],
)
def test_numbers_and_truth_values_are_read_as_yaml_1_2_has_them(tmp_path: Path, text: str, value: object) -> None:
    assert read(tmp_path, f"a: {text}\n") == {"a": value}


def test_a_directive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a directive"):
        read(tmp_path, "%YAML 1.1\n---\na: 1\n")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb: 2\na: 3\n", "the key 'a' a second time (line 3, column 1)"),
        ("a: &x 1\n", "an anchor or alias (& or *), which is not supported here (line 1, column 4)"),
        ("a: !!int 1\n", "a tag (!), which is not supported here (line 1, column 4)"),
        (f"a: {'[' * 10}{']' * 10}\n", "more than 10 nested sections or lists (line 1, column 13)"),
        (f"a: {'b' * 1001}\n", "a key or value of more than 1000 characters (line 1, column 4)"),
        (f"{'a' * 1001}: 1\n", "a key or value of more than 1000 characters (line 1, column 1)"),
    ],
)
def test_what_a_file_of_parameters_does_not_need_is_refused(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert str(caught.value) == f"{tmp_path / 'file.yaml'}: expected YAML, got: {found}"


def test_bounds_are_inclusive(tmp_path: Path) -> None:
    assert read(tmp_path, f"{'a' * 1000}: {'b' * 1000}\n") == {"a" * 1000: "b" * 1000}
    assert read(tmp_path, f"a: {'[' * 8}1{']' * 8}\n") == {"a": [[[[[[[[1]]]]]]]]}
    assert read(tmp_path, f"a: 1\n#{' ' * (2**16 - 6)}") == {"a": 1}
    with pytest.raises(InputError, match="expected parameters in at most 65536 bytes, got more"):
        read(tmp_path, f"a: 1\n#{' ' * (2**16 - 5)}")
