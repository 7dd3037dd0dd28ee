"""The parameters of the studies, right and wrong."""

from pathlib import Path

import pytest

from mnist_mlp.harness.errors import InputError
from studies.study_params import load_study_params
from tests.support.factory import ROOT

COMMITTED = ROOT / "studies" / "params.yaml"


@pytest.mark.parametrize(
    ("line", "wrong", "key", "got"),
    [
        ("seeds: 10", "seeds: 0", "gap.seeds", "2, got 0"),
        ("backend: loky", "backend: ray", "runs.backend", "got 'ray'"),
        ("tcp://127.0.0.1:8786", "127.0.0.1", "runs.scheduler", "tcp"),
        ("momentum: 0.9", "momentum: 1.0", "next_steps.momentum", "got 1.0"),
        ("    - 10.0\n", "    - 0\n", "next_steps.learning_rates.learning_rate[3]", "got 0"),
        ("    adam:", "    adamw:", "next_steps.learning_rates.adamw", "did you mean adam?"),
    ],
)
def test_a_bad_value_is_one_line(tmp_path: Path, line: str, wrong: str, key: str, got: str) -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    assert line in text
    bad = tmp_path / "params.yaml"
    bad.write_text(text.replace(line, wrong, 1), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_study_params(bad)
    assert any(line.startswith(f"{bad}: {key} ") and got in line for line in str(raised.value).splitlines())


def test_studies_run_on_this_machine_by_default() -> None:
    assert load_study_params(COMMITTED).runs.backend == "loky"
