"""One thread for each process, unless the environment asks for more."""

import os

import pytest

from stages import THREADS, use_one_thread


def test_what_the_environment_leaves_open_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    use_one_thread()
    assert {name: os.environ[name] for name in THREADS} == {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "2",
        "MKL_NUM_THREADS": "1",
    }
