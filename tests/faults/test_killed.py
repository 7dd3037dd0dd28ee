"""``kill -9`` and Ctrl-C of a stage and of ``dvc repro``, at many moments of each.

Where a stage is stopped alone, each output is absent, as it was before, or right: test_repair.py repairs these.
"""

import re
import signal

import pytest

from tests.support.laboratory import Fault, Laboratory

IMPORTED = {"train_custom": "numpy", "train_torch": "torch", "plot": "matplotlib.figure"}
"""What is being imported when a stage is stopped before it begins."""
WORK = {
    "fetch_mnist": ("call read_idx", 2),
    "split": ("call _hold_out", 2),
    "train_custom": ("call MLP.train_step", 60),
    "train_torch": ("call TorchMLP.train_step", 60),
    "evaluate": ("call outputs", 2),
    "plot": ("call confusion", 1),
}
"""A moment in the middle of the computing; of the trainings, in the second of three epochs."""
RENAME = "call Path.replace"

KILLED = [
    *((stage, *WORK[stage]) for stage in ("fetch_mnist", "train_torch", "evaluate")),
    ("split", RENAME, 6),
]
INTERRUPTED = [
    *((stage, f"import {module}", 1) for stage, module in IMPORTED.items()),
    *((stage, *WORK[stage]) for stage in ("fetch_mnist", "train_custom", "plot")),
    ("split", RENAME, 1),
]


@pytest.mark.parametrize(("stage", "at", "nth"), KILLED)
def test_killed_stage_leaves_no_partial_file(laboratory: Laboratory, stage: str, at: str, nth: int) -> None:
    laboratory.mark(stage)
    killed = laboratory.run_stage(stage, at, nth, "kill")
    assert killed.code == -signal.SIGKILL
    laboratory.assert_nothing_is_half_written()


@pytest.mark.parametrize(("stage", "nth"), [("split", 3), ("train_torch", 2), ("plot", 1)])
def test_stage_killed_within_a_file_leaves_none_under_its_name(
    laboratory: Laboratory, stage: str, nth: int
) -> None:
    laboratory.mark(stage)
    killed = laboratory.run_stage(stage, "call write_atomically", nth, "kill_in_write")
    assert killed.code == -signal.SIGXFSZ
    laboratory.assert_nothing_is_half_written()


@pytest.mark.parametrize(("stage", "at", "nth"), INTERRUPTED)
def test_interrupted_stage_reports_it_and_leaves_no_partial_file(
    laboratory: Laboratory, stage: str, at: str, nth: int
) -> None:
    laboratory.mark(stage)
    interrupted = laboratory.run_stage(stage, at, nth, "interrupt")
    assert interrupted.code in (130, -signal.SIGINT)
    assert interrupted.text.splitlines()[-1] == "error: interrupted"
    assert "Traceback" not in interrupted.text
    laboratory.assert_nothing_is_half_written()


@pytest.mark.parametrize(
    ("stage", "do"),
    [("split", "kill_all"), ("train_custom", "kill_all"), ("train_torch", "interrupt"), ("plot", "interrupt")],
)
def test_repro_stopped_in_a_stage_continues(laboratory: Laboratory, stage: str, do: str) -> None:
    at, nth = WORK[stage]
    stopped = laboratory.run(
        "dvc", "repro", "--single-item", "--force", stage, fault=Fault(f"stages.{stage}", at, nth, do)
    )
    assert f"Running stage '{stage}'" in stopped.text
    assert "Traceback" not in stopped.text
    if do == "kill_all":
        assert stopped.code == -signal.SIGKILL
    else:
        assert stopped.code == 255
        # 130, or what the shell between the two makes of it
        assert re.search(rf"failed to run: python -m stages\.{stage}, exited with (130|-2)", stopped.text)
    laboratory.assert_nothing_is_half_written()
    laboratory.assert_repro_repairs()


@pytest.mark.parametrize("stage", ["fetch_mnist", "train_custom"])
def test_an_interrupted_make_repro_stops_at_once(laboratory: Laboratory, stage: str) -> None:
    laboratory.mark(stage)
    stopped = laboratory.run(
        "python", "-m", "tools.repro", fault=Fault(f"stages.{stage}", *WORK[stage], "interrupt")
    )
    assert stopped.code != 0
    assert stopped.text.count("error: interrupted") == 1
    assert stopped.text.count("Running stage") == 1  # it does not begin again
    assert "Traceback" not in stopped.text
    laboratory.assert_nothing_is_half_written()
    laboratory.assert_repro_repairs()
