"""Files of any content: each reader takes them or refuses them with an InputError, never another exception."""

import gzip
import json
import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from mnist_mlp.core.files import load_array, load_classes, load_csv
from mnist_mlp.figures import CONFUSION
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import load_params
from mnist_mlp.sources.idx import read_idx
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.weights import load_weights
from tests.support.factory import params_text, train_params

PIXELS = 4
PARAMS = train_params(hidden_sizes=[3])
WEIGHTS = save(initial_weights(PARAMS, PIXELS, 10), {"params": PARAMS.model_dump_json()})
TENSORS = WEIGHTS[8 + struct.unpack("<Q", WEIGHTS[:8])[0] :]
LONGEST_LINE = 1200
"""Characters. What is wrong fits a line that can be read, however large the file."""


def npy(header: str) -> bytes:
    """Return an array's file of this header, which NumPy reads as a Python expression."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(64)


def shaped(shape: str, kind: str = "'|u1'") -> bytes:
    return npy(f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}}}")


def with_length(header: bytes) -> bytes:
    """Return a safetensors file of this header, with the bytes of the network behind it."""
    return struct.pack("<Q", len(header)) + header + TENSORS


def tensor(shape: list[int], size: int, **changes: object) -> bytes:
    """Return a safetensors file with one tensor like this and the right parameters, but for changes."""
    weight = {"dtype": "F32", "shape": shape, "data_offsets": [0, size]}
    metadata = {"params": json.dumps(PARAMS.model_dump() | changes)}
    return with_length(json.dumps({"__metadata__": metadata, "layers.0.weight": weight}).encode())


class Reader(NamedTuple):
    """A reader, valid bytes for it, files that it must refuse, and how bytes become a file."""

    read: Callable[[Path], object]
    valid: bytes
    bad: dict[str, bytes]
    pack: Callable[[bytes], bytes] = bytes


IDX = struct.pack(">4B3I", 0, 0, 8, 3, 2, 2, 3) + bytes(12)
TABLE = "actual,predicted,count\n" + "".join(f"{i // 10},{i % 10},{i}\n" for i in range(100))
ALIASES = "".join(f"{name}: &{name} [{','.join(['*' + last] * 9)}]\n" for last, name in pairwise("abcdefghij"))
YAML = {
    "call": "plot: !!python/object/apply:os.system ['true']\n", "billion laughs": f"a: &a [x]\n{ALIASES}",
    "deep lists": "plot: " + "[" * 30_000, "deep blocks": "- " * 30_000, "list as a key": "[1, 2]: 3\n",
    "control characters in a key": params_text() + '"a\\nb\\e[2J": 1\n',
    "long key": params_text() + "a" * 60_000 + ": 1\n", "many keys": "\n".join(f"k{i}: 1" for i in range(6000)),
    **{text[:12]: params_text({"plot.dpi": text}) for text in ("9" * 5000, "2001-99-99", '"\\U99999999"')},
}  # fmt: skip
READERS = {
    "params.yaml": Reader(load_params, params_text().encode(), {name: YAML[name].encode() for name in YAML}),
    "idx": Reader(
        lambda path: read_idx(path, 3), IDX, {"huge": struct.pack(">4B3I", 0, 0, 8, 3, *[2**32 - 1] * 3)}
    ),
    "idx.gz": Reader(
        lambda path: read_idx(path.rename(path.with_suffix(".gz")), 3), gzip.compress(IDX, mtime=0),
        {"bomb": gzip.compress(IDX + bytes(2**24))},
    ),
    "npy": Reader(
        load_array, shaped("(4, 2, 2)"),
        {
            "call": npy("__import__('os').mkdir('ran')"), "deep": npy("(" * 5000),
            "huge": shaped("(1000000000000, 4)"), "wraps around": shaped("(4294967296, 4294967296)"),
            "beyond 64 bits": shaped("(18446744073709551616, 4)"), "negative": shaped("(-1, 4)"),
            "no type": shaped("(1, 4)", "()"), "objects": shaped("(4,)", "'|O'"), "list as a key": npy("{[]: 1}"),
        },
    ),
    "weights": Reader(
        lambda path: load_weights(path, PIXELS, 10), WEIGHTS[8 : -len(TENSORS)],
        {
            "length": struct.pack("<Q", 2**63) + b"{}", "deep": with_length(b"[" * 100_000),
            "huge": tensor([2**40, 2**40], 64), "wraps around": tensor([2**32, 2**32], 0),
            "a million units": tensor([3, 4], 48, hidden_sizes=[10**6] * 3),
            "infinite units": tensor([3, 4], 48, hidden_sizes=[10**400]),
            "deep parameters": save({"a": np.zeros(1)}, {"params": "[" * 100_000}),
            "long metadata": save({"a": np.zeros(1)}, {"params": "\x1b[2J\n" * 100_000}),
        },
        with_length,
    ),
    "csv": Reader(
        lambda path: load_csv(path, CONFUSION, CONFUSION[:2]), TABLE.encode(),
        {
            "infinite": b"actual,predicted,count\n0,0,1e999\n", "one quote": b'actual,"' + b"a" * 10_000,
            "huge": b"actual,predicted,count\n0,0," + b"9" * 10_000, "zeros": bytes(1000),
        },
    ),
    "classes.txt": Reader(
        load_classes, b"zero\none\n",
        {"control characters": b"\x1b[2J\none\n", "long": b"a" * 10_000 + b"\nb\n"},
    ),
}  # fmt: skip
WORDS = [b"\xff", b"\n", b"---\n", b"&a ", b"*a", b"[" * 50, b"{" * 50, b'"', b"|O", b"9" * 500, b"1e400", b".nan"]


def refused(name: str, content: bytes, path: Path) -> bool:
    """Tell whether a reader refuses a file, with lines that can be read; any error but InputError passes on."""
    path.write_bytes(content)
    try:
        READERS[name].read(path)
    except InputError as error:
        lines = str(error).splitlines()
        assert all(0 < len(line) <= LONGEST_LINE and line.isprintable() for line in lines)
        return bool(lines)
    return False


@pytest.mark.parametrize("name", READERS)
def test_bad_content_is_refused(tmp_path: Path, name: str) -> None:
    for what, content in (READERS[name].bad | {"empty": b"", "a byte": b"\x80"}).items():
        assert refused(name, content, tmp_path / "file"), what


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=[*HealthCheck])
@given(data=st.data())
def test_any_bytes_are_taken_or_refused(tmp_path: Path, name: str, data: st.DataObject) -> None:
    _, valid, _, pack = READERS[name]
    assert not refused(name, pack(valid), tmp_path / "file")
    content = bytearray(valid)
    for _ in range(data.draw(st.integers(1, 4))):
        start, length = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, 8))
        content[start : start + length] = data.draw(st.binary(max_size=8) | st.sampled_from(WORDS))
    refused(name, pack(bytes(content)), tmp_path / "file")
