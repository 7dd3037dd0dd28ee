"""The parameters of the studies, right and wrong."""

from pathlib import Path

import pytest

from mnist_mlp.harness.errors import InputError
from studies.study_params import load_study_params
from tests.support.factory import ROOT

COMMITTED = ROOT / "studies" / "params.yaml"


@pytest.mark.parametrize(
    ("line", "wrong", "message"),
    [
        ("seeds: 10", "seeds: 0", "gap.seeds must be >= 2, got 0"),
        ("custom: 175", "custom: 0", "seeds.custom must be >= 2, got 0"),
        ("choosing_seeds: 2", "choosing_seeds: 0", "next_steps.choosing_seeds must be >= 1, got 0"),
        ("backend: loky", "backend: ray", "runs.backend must be 'loky' or 'dask', got 'ray'"),
        (
            "scheduler: tcp://127.0.0.1:8786",
            "scheduler: 127.0.0.1",
            "runs.scheduler must be an address such as tcp://192.168.1.10:8786, got '127.0.0.1'",
        ),
        ("momentum: 0.9", "momentum: 1.0", "next_steps.momentum must be < 1, got 1.0"),
        ("    - 10.0\n", "    - 0\n", "next_steps.learning_rates.learning_rate[3] must be > 0, got 0"),
        ("    adam:", "    adamw:", "next_steps.learning_rates.adamw is not a parameter; did you mean adam?"),
    ],
)
def test_a_bad_value_is_one_line(tmp_path: Path, line: str, wrong: str, message: str) -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    assert line in text
    bad = tmp_path / "params.yaml"
    bad.write_text(text.replace(line, wrong, 1), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_study_params(bad)
    assert f"{bad}: {message}" in str(raised.value).splitlines()


def test_a_rung_without_learning_rates_is_refused(tmp_path: Path) -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    start, end = text.index("    momentum:\n"), text.index("    weight_decay:\n")
    bad = tmp_path / "params.yaml"
    bad.write_text(f"{text[:start]}    momentum: []\n{text[end:]}", encoding="utf-8")
    with pytest.raises(InputError, match=r"next_steps\.learning_rates\.momentum must not be empty"):
        load_study_params(bad)


def test_the_committed_parameters_ask_for_enough_seeds() -> None:
    params = load_study_params(COMMITTED)
    assert params.gap.seeds >= 10
    assert min(params.seeds.custom, params.seeds.torch) >= 50
    assert params.next_steps.seeds >= 5
    assert params.next_steps.hidden_sizes == (50, 30)


def test_studies_run_on_this_machine_by_default() -> None:
    assert load_study_params(COMMITTED).runs.backend == "loky"
