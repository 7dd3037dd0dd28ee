"""Bounds on the time and the size of what a source sends."""

import signal
import time
from pathlib import Path

import pytest

from mnist_mlp.harness.errors import InputError
from mnist_mlp.sources.limits import deadline, largest_file


def test_a_block_is_stopped_at_its_deadline_and_no_alarm_is_left() -> None:
    handler = signal.getsignal(signal.SIGALRM)
    with pytest.raises(InputError, match=r"^not finished within 0\.05 s$"), deadline(0.05):
        time.sleep(30)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) == handler


def test_a_block_that_ends_in_time_leaves_no_alarm() -> None:
    with deadline(30):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_file_may_have_the_largest_size_and_not_a_byte_more(tmp_path: Path) -> None:
    with largest_file(1000):
        (tmp_path / "file").write_bytes(bytes(1000))
    with pytest.raises(InputError, match="expected files of at most 1000 bytes"), largest_file(1000):
        (tmp_path / "file").write_bytes(bytes(1001))
    (tmp_path / "file").write_bytes(bytes(1001))  # the limit ends with the block
