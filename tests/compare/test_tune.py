"""`mnist-mlp tune`: what it tries, what it does with the best, and what it refuses."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml

from mnist_mlp.core.files import load_dataset, save_dataset
from mnist_mlp.harness.errors import InputError
from studies.running import kept_runs
from tests.compare.conftest import Repository, forget_data
from tools.compare.sides import revision_params
from tools.revisions import git
from tools.tune import tune

WIDE = ["epochs=1..9", "lr=log:0.5..4", "hidden_sizes=[6],[8,6]"]
STAGE = {"cmd": "echo {} > result.json", "params": ["train_torch"], "outs": ["result.json"]}


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The changes of the experiments that were to be recorded; none is."""
    changes: list[str] = []

    def record(_model: str, _best: object, best: str) -> str:
        changes.append(best)
        return "tune-torch-0"

    monkeypatch.setattr("tools.tune._record", record)
    return changes


def test_the_same_command_finds_the_same_trials_done_and_its_best_is_one_experiment(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / ".dvc/site"))
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"train": STAGE}}), encoding="utf-8")
    Path("params.yaml").write_text(yaml.safe_dump(json.loads(Path("params.yaml").read_text())), encoding="utf-8")
    subprocess.run(["dvc", "init", "--quiet"], check=True)
    repository.commit("Pipeline")

    tune("torch", WIDE, 12)
    first = repository.capsys.readouterr()
    trials = [line for line in first.err.splitlines() if line.startswith("trial ")]
    assert len(trials) == len({line.partition(",")[2] for line in trials}) == 12
    best = [line.split() for line in first.out.splitlines() if line.startswith("  ")]
    assert best == sorted(best, key=lambda line: -float(line[0]))
    *command, name = first.out.splitlines()[-1].split()
    assert command == ["mnist-mlp", "compare", "HEAD"]
    commit = git("for-each-ref", "--format=%(objectname)", f"refs/exps/*/*/{name}")
    changed = revision_params(name, commit).train_torch.model_dump(mode="json")
    keys = [space.partition("=")[0] for space in WIDE]
    assert best[0][2:] == [f"train_torch.{key}={str(changed[key]).replace(' ', '')}" for key in keys]

    monkeypatch.delattr(kept_runs, "do_run")  # no kept training is done again
    tune("torch", WIDE, 12)
    second = repository.capsys.readouterr()
    assert second.out == first.out
    assert [line for line in second.err.splitlines() if line.startswith("trial ")] == trials
    assert git("for-each-ref", "--format=%(refname)", "refs/exps/").count(name) == 1


def test_images_held_out_of_the_training_images_decide_alone(repository: Repository, recorded: list[str]) -> None:
    """The same search with other validation and test images, all of one digit, prints the same."""
    printed = repository.printed(tune, "torch", ["lr=1.0,2.0"], 2)
    for name in ("val", "test"):
        images = load_dataset(Path("data/split", name))
        save_dataset(Path("data/split", name), images._replace(labels=np.zeros_like(images.labels)))
    forget_data()
    train, tuned = load_dataset(Path("data/split/train")), load_dataset(Path("data/tune/train"))
    held_out = load_dataset(Path("data/tune/val"))
    assert (len(tuned.labels), len(held_out.labels)) == (90, 10)
    rows = {image.tobytes() for image in tuned.images} | {image.tobytes() for image in held_out.images}
    assert rows == {image.tobytes() for image in train.images}
    assert repository.printed(tune, "torch", ["lr=1.0,2.0"], 2) == printed
    assert recorded == 2 * [recorded[0]]


@pytest.mark.usefixtures("recorded")
def test_a_trial_that_diverges_is_a_bad_one(repository: Repository) -> None:
    space = ["init_std=1e38,0.1", "weight_init=normal", "hidden_sizes=[500]"]
    tune("torch", space, 6)
    printed = repository.capsys.readouterr()
    assert "nan %, train_torch.init_std=1e38" in printed.err
    assert "1e38" not in printed.out
    assert "train_torch.init_std=0.1" in printed.out
    with pytest.raises(InputError, match="all 2 trials diverged: try smaller values"):
        tune("torch", ["init_std=1e38", *space[1:]], 2)


def test_the_best_is_recorded_if_it_beats_the_workspace(repository: Repository, recorded: list[str]) -> None:
    assert "No trial is better" in repository.printed(tune, "torch", ["lr=1e-6,2e-6"], 2)
    assert recorded == []
    repository.params(lr=0.01)
    assert "\nmnist-mlp compare workspace " in repository.printed(tune, "torch", ["lr=2.0"], 1)
    assert recorded == ["train_torch.lr=2.0"]


REFUSED = [
    (["lr"], "expected key=low..high; got 'lr'"),
    (["lr=0.1,"], "lr: expected different choices; got '0.1,'"),
    (["lr=0.1", "lr=0.2"], "expected each key once; lr"),
    (["lrr=0.1,1"], "expected a parameter of the training; got 'lrr'; did you mean lr?"),
    (["init_seed=0..9"], "expected a parameter of the training, seeds aside; got 'init_seed'"),
    (["lr=3..1"], "lr: expected low..high of numbers, the lower first; got '3..1'"),
    (["lr=log:0..1"], "lr: expected low..high of numbers above 0; got 'log:0..1'"),
    (["lr=nan..1"], "train_torch.lr must be; got 'nan'"),
    (["epochs=0.5..2"], "epochs: expected low..high of whole numbers; got '0.5..2'"),
    (["activation=1..2"], "activation: expected choices; got '1..2'"),
    (["lr=-1..1"], "train_torch.lr must be; got -1.0"),
    (["momentum=0..1"], "train_torch.momentum must be; got 1.0"),
    (["activation=relu,gelu"], "train_torch.activation must be 'sigmoid', 'tanh' or 'relu'; got 'gelu'"),
    (["nesterov=true", "momentum=0.9,0", "lr=1,2"], "nesterov: true needs a momentum above 0"),
]  # fmt: skip


def test_one_message_says_what_is_wrong_with_a_space(repository: Repository) -> None:
    for space, words in REFUSED:
        message = repository.refused(tune, "torch", space, 3)
        assert all(part in message for part in words.split("; ")), message
