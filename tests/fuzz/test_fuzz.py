"""A few hundred mutated files for each reader; ``make fuzz`` tries as many as are wanted."""

import tempfile
from pathlib import Path

import pytest

from mnist_mlp.harness.errors import InputError
from tests.fuzz.mutations import LARGEST, Mutator
from tests.fuzz.targets import Target, targets, try_bytes

COUNT = 300
with tempfile.TemporaryDirectory() as made_in:
    TARGETS = targets(Path(made_in))


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_files_are_taken_or_refused(tmp_path: Path, name: str) -> None:
    mutator = Mutator(TARGETS[name].seeds, seed=1)
    taken = sum(try_bytes(TARGETS[name], mutator.next(), tmp_path / "images.npy") for _ in range(COUNT))
    assert taken < COUNT / 2, "the mutations change too little to find anything"


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "idx-unpacked"])
def test_originals_of_the_mutations_are_valid(tmp_path: Path, name: str) -> None:
    for seed in TARGETS[name].seeds:
        assert try_bytes(TARGETS[name], seed, tmp_path / "images.npy")


def test_the_row_of_files_is_the_same_each_time_and_varied() -> None:
    first, second = (Mutator([b"some words", b"others"]) for _ in range(2))
    files = [first.next() for _ in range(500)]
    assert files == [second.next() for _ in range(500)]
    assert len(set(files)) > 450
    assert max(map(len, files)) <= LARGEST
    assert files != [Mutator([b"some words", b"others"], seed=1).next() for _ in range(500)]


def fail(error: Exception) -> Target:
    def read(_: Path) -> None:
        raise error

    return Target(read, [b""])


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RecursionError(), MemoryError(), OSError()])
def test_any_other_error_is_a_finding(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)):
        try_bytes(fail(error), b"", tmp_path / "file")


@pytest.mark.parametrize("message", ["", "long " * 1000])
def test_useless_refusal_is_a_finding(tmp_path: Path, message: str) -> None:
    with pytest.raises(AssertionError, match="a refusal"):
        try_bytes(fail(InputError(message)), b"", tmp_path / "file")
