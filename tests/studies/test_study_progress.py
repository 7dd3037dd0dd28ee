"""What a study says while it goes."""

import sys

import pytest

from studies.running.runs_progress import RunsProgress


def test_without_a_terminal_each_tenth_prints_done_running_and_time_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with RunsProgress(total=20, done=5) as progress:
        progress.start(slots=3)
        for _ in range(15):
            progress.finished()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 9
    assert "5 of 20 runs done, 3 running, ? left" in lines[0]
    assert "18 of 20 runs done, 2 running, 00:00 left" in lines[-2]
    assert "20 of 20 runs done, 0 running" in lines[-1]


def test_on_a_terminal_it_is_a_bar_that_is_drawn_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with RunsProgress(total=2, done=0) as progress:
        progress.start(slots=8)
        progress.finished()
    written = capsys.readouterr().err
    assert "\r" in written
    assert written.count("\n") == 1
    assert "0 of 2 runs done, 2 running" in written
