"""What is fuzzed: each reader of files, with valid files of it to start from, and what may come of any bytes."""

import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_mlp.core.files import load_array, load_csv, load_dataset, save_array
from mnist_mlp.figures import CONFUSION
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import load_params
from mnist_mlp.sources.idx import read_idx
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.weights import load_weights, save_weights
from studies.running.kept_runs import kept_result
from studies.study_params import load_study_params
from tests.support.factory import ROOT, params_text, train_params

PIXELS = 4
LONGEST_LINE = 2000
"""Characters. What is wrong fits a line that can be read, however large the file."""

Read = Callable[[Path], object]
Pack = Callable[[bytes], bytes]


class Target(NamedTuple):
    """A reader, valid files for it, and how mutated bytes become a file: with their right length in front, say."""

    read: Read
    seeds: list[bytes]
    pack: Pack = bytes


def try_bytes(target: Target, content: bytes, path: Path) -> bool:
    """Read a file of these bytes; tell whether they were taken. Any error but InputError passes on."""
    path.write_bytes(target.pack(content))
    try:
        target.read(path)
    except InputError as error:
        lines = str(error).splitlines()
        assert lines, "a refusal without a word"
        assert max(map(len, lines)) <= LONGEST_LINE, "a refusal that nobody can read"
        return False
    return True


def with_length(header: bytes) -> bytes:
    """Return a safetensors file of this header, with the bytes of the smallest network behind it."""
    return struct.pack("<Q", len(header)) + header + bytes(4 * 10 * (PIXELS + 1))


def weights_file(folder: Path) -> bytes:
    """Return the file of a network without a hidden layer."""
    params = train_params(hidden_sizes=[])
    save_weights(folder / "seed.safetensors", initial_weights(params, PIXELS, 10), params)
    return (folder / "seed.safetensors").read_bytes()


def npy_file(folder: Path) -> bytes:
    """Return an array's file."""
    save_array(folder / "seed.npy", np.arange(12, dtype=np.uint8).reshape(3, 2, 2))
    return (folder / "seed.npy").read_bytes()


def packed(path: Path) -> Path:
    """Return a file under a name that says that it is compressed."""
    return path.rename(path.with_suffix(".gz"))


def labels_beside(images: Path) -> object:
    """Read a dataset whose images are the file, with three labels and their names beside it."""
    save_array(images.with_name("labels.npy"), np.arange(3, dtype=np.uint8))
    images.with_name("classes.txt").write_text("a\nb\nc\n")
    return load_dataset(images.parent)


def targets(folder: Path) -> dict[str, Target]:
    """Return all targets by name. Valid files are made in ``folder``."""
    images = struct.pack(">4B3I", 0, 0, 8, 3, 2, 2, 3) + bytes(range(12))
    labels = struct.pack(">4BI", 0, 0, 8, 1, 4) + bytes(range(4))
    weights, array = weights_file(folder), npy_file(folder)
    header = weights[8 : 8 + struct.unpack("<Q", weights[:8])[0]]
    table = "actual,predicted,count\n" + "".join(f"{i // 10},{i % 10},{i}\n" for i in range(100))
    texts = [params_text().encode(), (ROOT / "params.yaml").read_bytes()]
    return {
        "idx": Target(lambda path: read_idx(packed(path), 3), [gzip.compress(images, mtime=0)]),
        "idx-unpacked": Target(
            lambda path: read_idx(packed(path), 1), [labels, images], lambda raw: gzip.compress(raw, 1)
        ),
        "weights": Target(lambda path: load_weights(path, PIXELS, 10), [weights]),
        "weights-header": Target(lambda path: load_weights(path, PIXELS, 10), [header], with_length),
        "params": Target(load_params, texts),
        "study-params": Target(load_study_params, [(ROOT / "studies/params.yaml").read_bytes()]),
        "npy": Target(load_array, [array]),
        "dataset": Target(labels_beside, [array]),
        "csv": Target(lambda path: load_csv(path, CONFUSION), [table.encode()]),
        "kept-run": Target(kept_result, [json.dumps({"val_accuracy": 0.5, "test_accuracy": 1}).encode()]),
    }
