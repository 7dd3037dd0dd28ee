"""Files that mean harm, by the kind of file that they stand in for. Code in them makes a folder ``ran``."""

import io
import json
import os
import pickle
import struct
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save

from mnist_mlp.training.initialization import initial_weights
from tests.support.factory import params_text, train_params

RAN = "ran"
"""A folder that is there once any of the code has been run."""
PIXELS = 4
PARAMS = train_params(hidden_sizes=[3], epochs=1, batch_size=10)


class Code:
    """Runs where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (RAN,)


PICKLE = pickle.dumps(Code())


def npy(array: object) -> bytes:
    """Return an array as a file, its objects pickled."""
    file = io.BytesIO()
    np.save(file, np.asarray(array), allow_pickle=True)
    return file.getvalue()


def npy_header(text: str, body: bytes = bytes(64)) -> bytes:
    """Return a file of this header, which NumPy reads as a Python expression."""
    header = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + body


def shaped(shape: str, kind: str = "'|u1'") -> bytes:
    return npy_header(f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}}}")


def archive(content: bytes) -> bytes:
    """Return what ``np.savez`` writes, or a part of what ``torch.save`` does."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as members:
        members.writestr("images.npy", content)
    return file.getvalue()


NPY = {
    "objects": npy(np.array([Code()], dtype=object)),
    "structured objects": npy(np.array([(1, Code())], dtype=[("a", "u1"), ("b", object)])),
    "pickle": PICKLE,
    "archive of objects": archive(npy(np.array([Code()], dtype=object))),
    "call in the header": npy_header(f"__import__('os').mkdir('{RAN}')"),
    "huge": shaped("(1000000000000, 4)"),
    "size that wraps around": shaped("(4294967296, 4294967296)"),
    "size beyond 64 bits": shaped("(18446744073709551616, 4)"),
    "negative": shaped("(-1, 4)"),
    "true": shaped("(True, 4)"),
    "deep header": npy_header("(" * 5000),
    "long header": npy_header("'" + "a" * 60000 + "'"),
    "keys of two types": npy_header("{1: 2, 'a': 3}"),
    "list as a key": npy_header("{[]: 1}"),
    "no type": shaped("(1, 4)", "()"),
    "half a header": npy_header("{'descr': '|u1', 'shape': (3,"),
    "empty": b"",
}
IMAGES = NPY | {
    "floats": npy(np.full((200, 2, 2), np.nan)),
    "one row missing": npy(np.zeros((1, 2, 2), np.uint8)),
    "two dimensions": npy(np.zeros((200, PIXELS), np.uint8)),
    "no rows": npy(np.zeros((0, 2, 2), np.uint8)),
    "no pixels": npy(np.zeros((200, 0, 2), np.uint8)),
}
LABELS = NPY | {
    "no digits": npy(np.full(200, 10, np.uint8)),
    "words": npy(np.array(["seven"] * 200)),
    "negative labels": npy(np.full(200, -1, np.int8)),
}
OUTPUTS = NPY | {
    "not finite": npy(np.full((200, 10), np.nan, np.float32)),
    "whole numbers": npy(np.zeros((200, 10), np.int64)),
    "another size": npy(np.zeros((200, 9), np.float32)),
    "fewer rows": npy(np.zeros((3, 10), np.float32)),
}


def safetensors(header: object, body: bytes = b"", length: int | None = None) -> bytes:
    """Return a file of this header, which may be no JSON at all."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def weights(dtype: str = "float32", **changes: object) -> bytes:
    """Return the right tensors, but for these, and the parameters of a float32 network."""
    tensors = {name: array.astype(dtype) for name, array in initial_weights(PARAMS, PIXELS, 10).items()}
    tensors |= {f"layers.0.{name}": np.asarray(value) for name, value in changes.items()}
    return save(tensors, {"params": PARAMS.model_dump_json()})


def header_of(kind: str, shape: list[int], offsets: list[int]) -> dict[str, object]:
    """Return a header with the right parameters and one tensor like this."""
    tensor = {"dtype": kind, "shape": shape, "data_offsets": offsets}
    return {"__metadata__": {"params": PARAMS.model_dump_json()}, "layers.0.weight": tensor}


def with_params(**changes: object) -> bytes:
    """Return the right tensors with other parameters in the metadata."""
    return save(initial_weights(PARAMS, PIXELS, 10), {"params": json.dumps(PARAMS.model_dump() | changes)})


def torch_file() -> bytes:
    file = io.BytesIO()
    torch.save({"weights": Code()}, file)
    return file.getvalue()


def two_tensors(first: list[int], second: list[int]) -> dict[str, object]:
    entry = {"dtype": "U8", "shape": [4]}
    return {"a": {**entry, "data_offsets": first}, "b": {**entry, "data_offsets": second}}


WEIGHTS = {
    "pickle": PICKLE,
    "torch.save": torch_file(),
    "empty": b"",
    "header that is no JSON": safetensors(b"{'a': 1"),
    "header of another kind": safetensors(b"[]"),
    "deep header": safetensors(b"[" * 100_000),
    "huge header length": safetensors(b"{}", length=2**63),
    "header longer than the file": safetensors(b"{}", length=1000),
    "overlapping tensors": safetensors(two_tensors([0, 4], [2, 6]), bytes(6)),
    "gap between tensors": safetensors(two_tensors([0, 4], [6, 10]), bytes(10)),
    "offsets backwards": safetensors(two_tensors([4, 0], [4, 8]), bytes(8)),
    "offsets beyond the file": safetensors(two_tensors([0, 4], [4, 8]), bytes(5)),
    "offsets that do not fit the shape": safetensors(header_of("F32", [3, 4], [0, 4]), bytes(4)),
    "huge shape": safetensors(header_of("F32", [2**40, 2**40], [0, 64]), bytes(64)),
    "shape that wraps around": safetensors(header_of("F32", [2**32, 2**32], [0, 0])),
    "bfloat16": safetensors(header_of("BF16", [3, 4], [0, 24]), bytes(24)),
    "float8": safetensors(header_of("F8_E4M3", [3, 4], [0, 12]), bytes(12)),
    "unknown type": safetensors(header_of("PICKLE", [3, 4], [0, 12]), bytes(12)),
    "half precision": weights("float16"),
    "double precision": weights("float64"),
    "whole numbers": weights("int64"),
    "true and false": weights("bool"),
    "not a number": weights(bias=np.full(3, np.nan, np.float32)),
    "infinite": weights(bias=np.full(3, np.inf, np.float32)),
    "another shape": weights(bias=np.zeros((3, 1), np.float32)),
    "one tensor more": weights(code=np.zeros(3, np.float32)),
    "a million units": with_params(hidden_sizes=[1_000_000] * 3),
    "infinite units": with_params(hidden_sizes=[10**400]),
    "unknown parameter": with_params(code="__import__('os')"),
    "unknown activation": with_params(activation="__class__"),
    "deep parameters": save({"a": np.zeros(1)}, {"params": "[" * 100_000}),
    "long metadata": save({"a": np.zeros(1)}, {"params": "a" * 1_000_000}),
    "many lines of metadata": save({"a": np.zeros(1)}, {"params": "\x1b[2J\n" * 100}),
}


def bomb(grow: str) -> str:
    """Return nine generations of aliases, each nine times the one before: 9^9 in all."""
    names = "abcdefghij"
    lines = [f"{name}: &{name} {grow.format(','.join(['*' + last] * 9))}" for last, name in pairwise(names)]
    return "\n".join(["a: &a {x: 1}", *lines, ""])


YAML = {
    "call": f"plot: !!python/object/apply:os.mkdir ['{RAN}']\n",
    "new object": f"plot: !!python/object/new:os.mkdir ['{RAN}']\n",
    "module": "plot: !!python/module:os\n",
    "name": "plot: !!python/name:os.system\n",
    "unknown tag": "plot: !code 1\n",
    "number that is none": params_text({"plot.dpi": "!!int word"}),
    "date that is none": params_text({"plot.dpi": "2001-99-99"}),
    "billion laughs": bomb("[{}]"),
    "billion merges": bomb("{{<<: [{}]}}"),
    "itself": "plot: &plot {dpi: *plot}\n",
    "merge of itself": "plot: &plot {<<: *plot}\n",
    "key twice": params_text().replace("  dpi: 110", "  dpi: 110\n  dpi: 111"),
    "section twice": params_text() + "plot: {digits_shown: 20, dpi: 110}\n",
    "huge number": params_text({"plot.dpi": "9" * 5000}),
    "huge hexadecimal number": params_text({"plot.dpi": "0x" + "f" * 60_000}),
    "huge number to the base of 60": params_text({"plot.dpi": "59" + ":59" * 20_000}),
    "large number": params_text({"plot.dpi": "9" * 900}),
    "overflow to the base of 60": params_text({"plot.dpi": "59" + ":59" * 300 + ".5"}),
    "hexadecimal number of no digits": params_text({"plot.dpi": "0x_"}),
    "letter beyond Unicode": params_text({"plot.dpi": '"\\U99999999"'}),
    "deep lists": params_text({"plot.dpi": "[" * 30_000}),
    "deep sections": "plot: " + "{a: " * 10_000,
    "deep blocks": "- " * 30_000,
    "list as a key": "[1, 2]: 3\n",
    "key of many lines": params_text() + '"a\\nb\\e[2J": 1\n',
    "long key": params_text() + "a" * 60_000 + ": 1\n",
    "many keys": "\n".join(f"k{i}: 1" for i in range(6000)) + "\n",
    "larger than any parameters": params_text() + "#" * 2**17,
    "two documents": params_text() + "---\n" + params_text(),
    "another version": "%YAML 9.9\n---\n" + params_text(),
    "control characters": params_text() + "# \x07\n",
    "pickle": PICKLE.decode("latin-1"),
}

CSV = {
    "pickle": PICKLE,
    "empty": b"",
    "only a header": b"epoch,train_loss,val_loss,train_accuracy,val_accuracy\n",
    "other columns": b"a,b\n1,2\n",
    "words": b"epoch,train_loss,val_loss,train_accuracy,val_accuracy\n1,__import__('os'),1,1,1\n",
    "not a number": b"epoch,train_loss,val_loss,train_accuracy,val_accuracy\n1,nan,1,1,1\n",
    "infinite": b"epoch,train_loss,val_loss,train_accuracy,val_accuracy\n1,1e999,1,1,1\n",
    "huge number": b"epoch,train_loss,val_loss,train_accuracy,val_accuracy\n1," + b"9" * 10_000 + b",1,1,1\n",
    "rows of two lengths": b"a,b\n1\n1,2,3,4\n",
    "one quote": b'epoch,"' + b"a" * 10_000,
    "zero bytes": bytes(1000),
}
CONFUSION = b"actual,predicted,count\n"
CONFUSIONS = {name: content for name, content in CSV.items() if content.count(b"loss") == 0} | {
    "one row": CONFUSION + b"0,0,1\n",
    "rows in another order": CONFUSION + b"".join(b"%d,%d,1\n" % (i % 10, i // 10) for i in range(100)),
    "negative counts": CONFUSION + b"".join(b"%d,%d,-1\n" % (i // 10, i % 10) for i in range(100)),
    "shares": CONFUSION + b"".join(b"%d,%d,0.5\n" % (i // 10, i % 10) for i in range(100)),
}

JSON = {
    "pickle": PICKLE,
    "empty": b"",
    "half": b'{"val_accuracy": 0.5',
    "a list": b"[0.5, 0.5]",
    "one missing": b'{"val_accuracy": 0.5}',
    "words": b'{"val_accuracy": "0.5", "test_accuracy": "0.5"}',
    "null": b'{"val_accuracy": null, "test_accuracy": 0.5}',
    "above 1": b'{"val_accuracy": 0.5, "test_accuracy": 1.5}',
    "not a number": b'{"val_accuracy": NaN, "test_accuracy": 0.5}',
    "infinite": b'{"val_accuracy": 1e999, "test_accuracy": 0.5}',
    "huge number": b'{"val_accuracy": ' + b"9" * 10_000 + b', "test_accuracy": 0.5}',
    "deep": b"[" * 100_000,
}


def safe(folder: Path) -> bool:
    """Tell whether none of the code has been run there."""
    return not (folder / RAN).exists()
