"""A plain ``dvc repro`` after all that a stage leaves when it fails: outputs absent, as before, right so far."""

import pytest

from tests.support.laboratory import BEFORE, STAGES, Laboratory


@pytest.mark.parametrize("first", [0, 1])
def test_repro_repairs_what_failed_stages_leave(laboratory: Laboratory, first: int) -> None:
    for stage in STAGES:
        laboratory.mark(stage)
        for path in laboratory.outputs(stage)[first::2]:
            (laboratory.root / path).unlink()
    history = "plots/history_torch.csv"
    so_far = laboratory.right[history].splitlines(keepends=True)[:2]
    (laboratory.root / history).write_bytes(b"".join(so_far))
    left = [path for path in laboratory.outputs("train_custom") if (laboratory.root / path).exists()]
    assert [(laboratory.root / path).read_bytes() for path in left] == [BEFORE] * len(left) != []
    laboratory.assert_nothing_is_half_written()
    assert laboratory.assert_repro_repairs().count("Running stage") == len(STAGES)
