"""How a stage ends on an error that the user can mend."""

import errno

import pytest

from mnist_mlp.errors import InputError, NoSourceError, run_stage


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InputError("lr must be > 0, got -1"), 1, "error: lr must be > 0, got -1\n"),
        (NoSourceError("MNIST could not be had"), 69, "error: MNIST could not be had\n"),
        (OSError(errno.ENOSPC, "No space left", "a.npy"), 1, "error: a.npy: No space left\n"),
        (PermissionError(errno.EACCES, "Permission denied", "plots"), 1, "error: plots: Permission denied\n"),
        (OSError("the pipe is gone"), 1, "error: input/output: the pipe is gone\n"),
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
    ],
)
def test_a_stage_ends_with_a_message_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, message: str
) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(SystemExit) as caught:
        run_stage(fail)
    assert caught.value.code == code
    written = capsys.readouterr()
    assert written.err == message  # and so no traceback
    assert written.out == ""


def test_a_mistake_in_the_program_keeps_its_traceback() -> None:
    def fail() -> None:
        raise KeyError("layers.0.weight")

    with pytest.raises(KeyError, match=r"layers\.0\.weight"):
        run_stage(fail)


def test_a_stage_that_succeeds_returns(capsys: pytest.CaptureFixture[str]) -> None:
    run_stage(lambda: print("done"))
    assert capsys.readouterr() == ("done\n", "")


def test_no_source_is_an_input_error_too() -> None:
    assert issubclass(NoSourceError, InputError)
