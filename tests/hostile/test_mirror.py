"""A mirror that means harm: bounded time, memory and disk, and no file of this machine read for it."""

import gzip
import re
import tracemalloc
from functools import partial
from pathlib import Path

import pytest

from mnist_mlp.harness.errors import InputError
from mnist_mlp.sources import download, idx, mnist
from mnist_mlp.sources.datasets import MNIST
from tests.support.http_server import HANG_LIMIT, Answer, head, serving
from tests.support.refusals import source_refusal

MIB = 2**20
OFFERED = 32 * MIB
"""What an endless answer comes to, so that a client without a bound fails its test and not the machine."""
ANSWERS = {
    rf".*: expected at most {MIB} bytes, got more": Answer(head(), pieces=[bytes(2**16)] * (OFFERED // 2**16)),
    r"not finished within 0\.5 s": Answer(
        b"HTTP/1.0 200 OK\r\nA: ", pieces=[b"1"] * int(HANG_LIMIT / 0.05), pause=0.05
    ),
    "No connection adapters were found for 'file:///dev/null'": Answer(
        head("Location: file:///dev/null", status=302)
    ),
}
"""By why it is refused: one without an end, one that drips, and one that leads to a file of this machine."""


@pytest.mark.parametrize("why", ANSWERS)
def test_harmful_answer_is_refused(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    monkeypatch.setattr(download, "LARGEST_FILE", MIB)
    monkeypatch.setattr(mnist, "DEADLINE", 0.5)
    monkeypatch.setattr(mnist, "RETRIES", 0)
    with serving({"/train-images-idx3-ubyte.gz": [ANSWERS[why]]}) as server:
        assert re.fullmatch(why, source_refusal(partial(mnist.from_mirror, MNIST, server.url)))
        assert server.sent < OFFERED / 2


def test_bomb_with_the_right_hash_is_unpacked_up_to_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes.fromhex("00000801 7fffffff") + bytes(OFFERED)))
    tracemalloc.start()
    with pytest.raises(InputError, match="got more than"):
        idx.read_idx(path, ndim=1, largest=MIB)
    assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    tracemalloc.stop()
