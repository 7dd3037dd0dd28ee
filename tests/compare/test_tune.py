"""`make tune`: what it tries, what it keeps, what it does with the best, and what it refuses."""

from itertools import count

import numpy as np
import optuna
import pytest
import yaml

from mnist_mlp.core.files import load_dataset, save_dataset
from mnist_mlp.harness.run import run_program
from studies.running import backends
from studies.running.kept_runs import try_runs
from studies.running.runs import Diverged, Result, Run, train
from studies.study_params import RunsParams
from tests.compare.conftest import CompareFolder, forget_data
from tests.support.factory import train_params
from tools.compare.asked import MOST_SEEDS, seed_range
from tools.tune import __main__ as tune
from tools.tune import trials
from tools.tune.space import Choices, Interval, read_space

SPACE, WIDE = "lr=1.0,2.0", "epochs=1..9 lr=log:0.5..4"
STAGE = """\
stages:
  train:
    cmd: mkdir -p metrics && echo '{"torch":{"val_accuracy":0.5}}' > metrics/train_torch.json
    params: [train_torch]
    metrics:
    - metrics/train_torch.json: {cache: false}
"""


def begin(folder: CompareFolder, space: str, total: str, model: str) -> None:
    """Start a search as a user would."""
    folder.monkeypatch.setattr("sys.argv", ["tune", f"--model={model}", f"--space={space}", f"--trials={total}"])
    run_program(tune.main)


def search(folder: CompareFolder, space: str = SPACE, total: str = "3", model: str = "torch") -> str:
    """Search; return what was printed, without what goes to stderr."""
    begin(folder, space, total, model)
    return folder.capsys.readouterr().out


def refused(folder: CompareFolder, space: str = SPACE, total: str = "3", model: str = "torch") -> str:
    """Search what cannot be searched; return the one line that says why."""
    with pytest.raises(SystemExit) as caught:
        begin(folder, space, total, model)
    assert caught.value.code == 1
    printed = folder.capsys.readouterr()
    assert printed.out == ""
    line = printed.err.splitlines()[-1]
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def kept(folder: CompareFolder) -> list[tuple[object, ...]]:
    """Return what is kept of each trial: how it ended, its values, parameters and first accuracy."""
    storage = optuna.storages.RDBStorage(f"sqlite:///{folder.root}/tune/torch.db")
    found = optuna.load_study(study_name="torch", storage=storage).trials
    storage.remove_session()
    storage.engine.dispose()
    return [(one.state.name, one.values, one.params, one.intermediate_values) for one in found]


@pytest.fixture
def recorded(folder: CompareFolder) -> list[str]:
    """The changes of experiments that were to be recorded; none is."""
    changes: list[str] = []

    def record(model: str, _best: object, change: str) -> str:
        changes.append(change)
        return f"tune-{model}-0"

    folder.monkeypatch.setattr(tune, "record", record)
    return changes


def test_the_best_is_recorded_and_the_last_line_tests_it(folder: CompareFolder, recorded: list[str]) -> None:
    lines = search(folder, WIDE).splitlines()
    assert lines[:2] == [
        "3 trials, 0 pruned after the first seed, 0 failed (diverged).",
        "The best on the validation images, mean of two seeds:",
    ]
    values = [float(line.split()[2]) for line in lines[2:5]]
    assert values == sorted(values, reverse=True)
    (changes,) = recorded
    best = lines[2].partition(" %, ")[2]
    assert changes == " ".join(f"train_torch.{word}" for word in best.split())
    assert lines[-1] == "make compare A=HEAD B=tune-torch-0 MODEL=torch"


def test_a_workspace_with_other_parameters_is_the_start_that_is_compared_with(
    folder: CompareFolder, recorded: list[str]
) -> None:
    params = (folder.root / "params.yaml").read_text()
    (folder.root / "params.yaml").write_text(params.replace('"lr": 0.02', '"lr": 0.01'))
    assert search(folder, "lr=2.0", "1").splitlines()[-1].startswith("make compare A=workspace B=")
    assert len(recorded) == 1


@pytest.mark.slow
def test_a_search_goes_on_to_the_trials_that_it_would_have_had(
    folder: CompareFolder, recorded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "BATCH", 6)
    printed = search(folder, WIDE, "12")
    whole = kept(folder)
    assert {state for state, *_ in whole} == {"COMPLETE", "PRUNED"}
    (folder.root / "tune/torch.db").unlink()
    search(folder, WIDE, "6")
    assert kept(folder) == whole[:6]
    assert search(folder, WIDE, "12") == printed
    assert kept(folder) == whole
    assert recorded[0] == recorded[-1]


@pytest.mark.slow
def test_an_interruption_changes_no_trial(
    folder: CompareFolder, recorded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "BATCH", 6)
    search(folder, WIDE, "12")
    whole = kept(folder)
    (folder.root / "tune/torch.db").unlink()
    for call in (1, 2, 3, 2):  # at the first seed of a batch, at its second, and the same in the next batch
        interrupt(folder, call)
    assert folder.capsys.readouterr().err.splitlines()[-2:] == [
        "note: trials and finished trainings are kept; the same command goes on with the others",
        "error: interrupted",
    ]
    search(folder, WIDE, "12")
    assert kept(folder) == whole
    assert recorded[0] == recorded[-1]


def interrupt(folder: CompareFolder, call: int) -> None:
    """Search, and press Ctrl-C when trainings begin for this time; the start's are those of call 0."""
    calls, real = count(), try_runs

    def stop(runs: list[Run], where: RunsParams) -> list[Result | Diverged]:
        if next(calls) == call:
            raise KeyboardInterrupt
        return real(runs, where)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "try_runs", stop)
        with pytest.raises(SystemExit) as caught:
            begin(folder, WIDE, "12", "torch")
    assert caught.value.code == 130


def test_test_images_decide_nothing(folder: CompareFolder, recorded: list[str]) -> None:
    """The same search with other test images, all of one digit: every trial and every word is the same."""
    printed, first = search(folder), kept(folder)
    test = load_dataset(folder.root / "data/split/test")
    save_dataset(folder.root / "data/split/test", test._replace(labels=np.zeros_like(test.labels)))
    (folder.root / "tune/torch.db").unlink()
    forget_data()
    assert search(folder) == printed
    assert kept(folder) == first
    assert recorded[0] == recorded[1]


def test_trials_train_with_seeds_that_compare_never_uses(folder: CompareFolder, recorded: list[str]) -> None:
    used: list[int] = []

    def note(run: Run) -> Result:
        used.extend((run.params.init_seed, run.params.shuffle_seed))
        return train(run)

    folder.monkeypatch.setattr(backends, "train", note)
    search(folder, "lr=2.0", "1")
    assert set(used) == {MOST_SEEDS, MOST_SEEDS + 1}
    assert not set(used) & set(seed_range(str(MOST_SEEDS)))
    assert recorded


def test_a_trial_that_diverges_fails_and_the_others_count(folder: CompareFolder, recorded: list[str]) -> None:
    lines = search(folder, "init_std=1e38,0.1 weight_init=normal hidden_sizes=[500]", total="6").splitlines()
    assert lines[0].endswith(" failed (diverged).")
    assert " 0 failed" not in lines[0]
    assert recorded
    assert all("init_std=0.1" in line for line in lines[2:-3])


def test_a_search_in_which_all_diverge_says_so(folder: CompareFolder, recorded: list[str]) -> None:
    assert refused(folder, "init_std=1e38 weight_init=normal hidden_sizes=[500]", "2") == (
        "SPACE: expected a trial that ends, but all 2 diverged; choose smaller values"
    )
    assert recorded == []


def test_a_search_without_anything_better_records_nothing(folder: CompareFolder, recorded: list[str]) -> None:
    last = search(folder, "lr=1e-6,2e-6", "2").splitlines()[-1]
    assert "no trial is better, so there is nothing to test" in last
    assert recorded == []


@pytest.mark.slow
def test_the_best_becomes_an_experiment_with_its_results(folder: CompareFolder) -> None:
    (folder.root / "dvc.yaml").write_text(STAGE, encoding="utf-8")
    (folder.root / "params.yaml").write_text(
        yaml.safe_dump(yaml.safe_load((folder.root / "params.yaml").read_text()))
    )
    folder.monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    folder.monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(folder.root.parent / "site cache"))
    folder.run_dvc("init", "--quiet")
    folder.commit("Pipeline")
    last = search(folder, total="2").splitlines()[-1]
    name = last.split()[3].removeprefix("B=")
    assert "torch: " in folder.compare("--a=HEAD", f"--b={name}", "--model=torch", "--seeds=2")
    table = folder.run_dvc("exp", "show", "--csv", "--hide-workspace")
    assert name in table
    assert "tune-torch" in table
    assert search(folder, total="2").splitlines()[-1] == last
    assert folder.run_dvc("exp", "list", "--name-only").split() == [name]


@pytest.mark.parametrize(
    ("space", "line"),
    [
        ("", "SPACE: expected key=low..high, key=log:low..high or key=a,b,c, with blanks between keys"),
        ("lr", "SPACE: expected key=low..high"),
        ("lr=", "SPACE: expected key=low..high"),
        ("lr=0.1,", "SPACE: expected different choices such as lr=a,b, got '0.1,'"),
        ("lr=0.1,0.1", "SPACE: expected different choices"),
        ("lr=0.1 lr=0.2", "SPACE: expected each key once, got lr twice"),
        ("lrr=0.1,1", "SPACE: expected a parameter of the training, such as lr, got 'lrr'; did you mean lr?"),
        ("train_torch.momentun=0.1", "SPACE: expected a parameter of the training, such as lr, got "),
        ("init_seed=0..9", "SPACE: expected no seeds, got init_seed"),
        ("lr=3..1", "SPACE: expected lr=low..high of increasing numbers, got '3..1'"),
        ("lr=log:0..1", "SPACE: expected lr=low..high of increasing numbers above 0, got '0..1'"),
        ("lr=log:1", "SPACE: expected lr=low..high of increasing numbers above 0"),
        ("lr=nan..1", "SPACE: expected lr=low..high of increasing numbers"),
        ("epochs=0.5..2", "SPACE: expected epochs=low..high of increasing whole numbers, got '0.5..2'"),
        ("activation=1..2", "SPACE: expected choices such as activation=a,b, got the range '1..2'"),
        ("lr=-1..1", "SPACE: train_torch.lr must be > 0, got -1.0 (lr=-1.0)"),
        ("momentum=0..1", "SPACE: train_torch.momentum must be < 1, got 1.0"),
        ("activation=relu,gelu", "SPACE: train_torch.activation must be 'sigmoid', 'tanh' or 'relu', got 'gelu'"),
        ("nesterov=true,false", "SPACE: train_torch: nesterov: true needs a momentum above 0"),
        ("nesterov=true momentum=0,0.9 lr=1,2", "SPACE: train_torch: nesterov: true needs a momentum above 0"),
        ("loss=mse,cross_entropy", "SPACE: train_torch: loss: cross_entropy needs output_activation: softmax"),
    ],
)  # fmt: skip
def test_one_line_says_what_is_wrong_with_a_space(folder: CompareFolder, space: str, line: str) -> None:
    assert refused(folder, space).startswith(line)
    assert not (folder.root / "tune").exists()
    assert folder.kept() == {}


@pytest.mark.parametrize("total", ["0", "-1", "many", "10001", ""])
def test_a_number_of_trials_is_checked(folder: CompareFolder, total: str) -> None:
    assert refused(folder, total=total) == f"TRIALS: expected a whole number from 1 to 10,000, got {total!r}"


def test_a_model_is_checked(folder: CompareFolder) -> None:
    assert refused(folder, model="both") == "MODEL: expected custom or torch, got 'both'"


def test_a_search_that_was_stopped_before_its_first_trial_may_get_another_space(
    folder: CompareFolder, recorded: list[str]
) -> None:
    interrupt(folder, 0)
    search(folder, "lr=2.0", "1")
    assert recorded == ["train_torch.lr=2.0"]


def test_another_space_or_start_is_refused_with_the_way_to_start_anew(
    folder: CompareFolder, recorded: list[str]
) -> None:
    search(folder, total="1")
    assert refused(folder, "lr=1.0,3.0", "2") == (
        f"SPACE: expected {SPACE!r}, as in the trials that tune/torch.db keeps, got 'lr=1.0,3.0'; "
        "to start anew, remove that file: rm tune/torch.db"
    )
    search(folder, total="1")
    params = (folder.root / "params.yaml").read_text()
    (folder.root / "params.yaml").write_text(params.replace('"epochs": 1', '"epochs": 2'))
    assert refused(folder) == (
        "the start: expected the parameters, images, code and libraries as in the trials that tune/torch.db "
        "keeps, got others; to start anew, remove that file: rm tune/torch.db"
    )
    assert len(kept(folder)) == 1
    assert len(recorded) == 2


def test_a_file_that_is_no_search_is_refused(folder: CompareFolder) -> None:
    path = folder.root / "tune/torch.db"
    path.parent.mkdir()
    path.write_text(20 * "not a database ")
    line = refused(folder)
    assert line.startswith("tune/torch.db: expected the trials of a search, got: ")
    assert line.endswith("; to start anew: rm tune/torch.db")


def test_no_data_yet(folder: CompareFolder) -> None:
    for path in (folder.root / "data/split/train").iterdir():
        path.unlink()
    assert refused(folder) == "data/split/train/images.npy: no such file; `dvc repro` makes it"
    assert not (folder.root / "tune").exists()


def test_each_form_of_a_space_is_read() -> None:
    text = "lr=log:1e-3..3 momentum=0..0.9 epochs=1..9 activation=relu,tanh hidden_sizes=[50],[100,20],[]"
    assert read_space(text, train_params()) == {
        "activation": Choices(("relu", "tanh")),
        "epochs": Interval(1, 9, logarithmic=False, whole=True),
        "hidden_sizes": Choices(("[50]", "[100,20]", "[]")),
        "lr": Interval(0.001, 3, logarithmic=True, whole=False),
        "momentum": Interval(0, 0.9, logarithmic=False, whole=False),
    }
