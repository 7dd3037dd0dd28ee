"""Progress: lines where the output goes to a file, a bar on a terminal."""

import re
import sys

import pytest

from mnist_mlp.harness.progress import Progress


def run(epochs: int) -> None:
    progress = Progress(epochs)
    for epoch in range(1, epochs + 1):
        progress.report(epoch, loss=0.25, accuracy=epoch / 100)
    progress.close()


@pytest.mark.parametrize(("epochs", "told"), [(1, [1]), (4, [4]), (5, [5]), (12, [5, 10, 12])])
def test_one_line_every_five_epochs_and_after_the_last(
    capsys: pytest.CaptureFixture[str], epochs: int, told: list[int]
) -> None:
    run(epochs)
    lines = capsys.readouterr().out.splitlines()
    assert [int(line.split("/")[0].removeprefix("epoch ")) for line in lines] == told


def test_line_has_the_epoch_and_the_scores(capsys: pytest.CaptureFixture[str]) -> None:
    run(5)
    written = capsys.readouterr()
    assert re.fullmatch(r"epoch 5/5: val_loss 0\.2500, val_accuracy 0\.0500 \(\d+\.\d s\)\n", written.out)
    assert written.err == ""


def test_terminal_shows_a_bar_instead_of_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    run(7)
    written = capsys.readouterr()
    assert written.out == ""
    assert "7/7" in written.err
    assert "val_loss 0.2500, val_accuracy 0.0700" in written.err


def test_a_bar_that_is_cut_off_leaves_the_terminal_on_a_new_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = Progress(7)
    progress.report(1, loss=0.25, accuracy=0.5)
    progress.close()
    assert capsys.readouterr().err.endswith("\n")
