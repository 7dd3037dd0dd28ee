"""``mnist-mlp report``: what it says of a change, and of everything that can be missing."""

import json
import re
import shutil
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import vl_convert

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, TrainParams
from tests.conftest import Once
from tests.support.factory import SECTIONS, dataset, one_hot, train_params
from tests.support.repository import COPY, Repository
from tests.support.sides import LABELS, side
from tools import report as module
from tools.compare.pairs import answers
from tools.report import (
    VEGA_LITE,
    Paired,
    Predictions,
    changes_table,
    classes_table,
    only_seeds_differ,
    pairs,
    read_predictions,
    report,
    summary,
)

PLOTS = 8
"""Four overlays of both models, each model's own curve and its confusion matrix."""
SPEC = re.compile(r"vegaEmbed\('#\w+', (.+)\);</script>")
HOSTILE = "a|<script>alert(1)</script>$(touch pwned)`x`"


@pytest.fixture(scope="session")
def changed(once: Once, experiment: Repository) -> Repository:
    """A branch with one parameter changed, its results committed, and its report written. Not to be changed."""

    def make(parent: Path) -> None:
        repository = experiment.copy(parent)
        repository.git("commit", "--quiet", "--all", "--message", "Learn faster")
        write_report(repository, "main")

    return Repository(once("changed", make) / COPY)


@pytest.fixture
def repository(reproduced: Repository, tmp_path: Path) -> Repository:
    """A copy of the reproduced repository that a test may change."""
    return reproduced.copy(tmp_path)


def write_report(repository: Repository, *words: str) -> str:
    """Run the command; return the report."""
    repository.run("python", "-m", "tools", "report", *words)
    return repository.read("report/report.md")


def row(text: str, start: str) -> list[str]:
    """Return the cells of the one table row that starts so."""
    (line,) = (line for line in text.splitlines() if line.startswith(f"| {start}"))
    return [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def test_a_change_is_reported_with_the_verdict_first(changed: Repository, reproduced: Repository) -> None:
    text = changed.read("report/report.md")
    title, _, verdict, *_ = text.splitlines()
    assert title == "# What changed from `main`"
    assert re.match(
        r"\*\*torch: [+-]\d+\.\d\d points of test accuracy; the networks .* other seeds tell\.\*\*$", verdict
    )
    assert "> Parameters of torch differ; `mnist-mlp report main --seeds 6`" in text
    assert row(text, "params.yaml | `train_torch.lr`")[2:] == ["0.1", "0.5", "+0.4"]
    _, _, old, new, difference = row(text, "metrics/evaluate.json | `torch.test_loss`")
    assert float(new) - float(old) == pytest.approx(float(difference), abs=1e-6)
    assert "`custom.test_accuracy`" not in text
    labels = np.load(changed.root / "data/split/test/labels.npy")
    before, after = (
        np.load(side.root / "data/outputs/torch.npy").argmax(axis=1) == labels for side in (reproduced, changed)
    )
    _, *accuracies, _, right, wrong, _ = row(text, f"torch | {before.mean():.2%}")
    assert accuracies == [f"{before.mean():.2%}", f"{after.mean():.2%}"]
    assert [right, wrong] == [str((after & ~before).sum()), str((before & ~after).sum())]
    assert "## Digits that changed sides" in text


def test_the_page_loads_nothing_and_vega_draws_its_plots(changed: Repository) -> None:
    html = changed.read("report/index.html")
    assert sorted(path.name for path in (changed.root / "report").iterdir()) == ["index.html", "report.md"]
    assert "default-src 'none'" in html
    assert "<table>" in html
    words, _vega, plots = re.split("<script>|</script>", html, maxsplit=2)
    assert not re.search(r"\b(?:src|href)\s*=", words + plots)
    specs = [json.loads(spec) for spec in SPEC.findall(html)]
    assert len(specs) == PLOTS
    for spec in specs[:1] + specs[-1:]:
        del spec["$schema"]
        assert vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE).startswith("<svg")
    assert specs[0]["encoding"]["strokeDash"]["legend"]["symbolType"] == "stroke"
    assert changed.git("status", "--porcelain") == ""


def test_equal_results_are_reported_as_equal(repository: Repository) -> None:
    text = write_report(repository, "HEAD")
    assert "**No prediction changed.**" in text
    assert text.count("Nothing differs.") == 2
    assert "No test image changed sides." in text
    assert "> " not in text


@pytest.mark.slow
def test_notes_say_what_spoils_a_comparison_and_a_hostile_name_is_quoted(repository: Repository) -> None:
    name = "x`$(touch${IFS}pwned)<b>|y"
    repository.git("checkout", "--quiet", "-b", name)
    repository.git("commit", "--quiet", "--allow-empty", "--message", "More")
    repository.git("checkout", "--quiet", "main")
    repository.replace("params.yaml", {"shuffle_seed: 10": "shuffle_seed: 11"})
    assert "**No verdict; the notes say why.**" in write_report(repository, name)
    shutil.rmtree(repository.root / ".dvc/cache/files")
    text = write_report(repository, name)
    assert "> The workspace lacks commits of the base (1)" in text
    assert "> The results are older" in text
    assert "> The predictions of the base are neither" in text
    assert "McNemar p" not in text
    assert "`x'$(touch${IFS}pwned)<b>\\|y`" in text
    assert "<b>" not in repository.read("report/index.html").partition("<script>")[0]
    assert not (repository.root / "pwned").exists()


@pytest.mark.slow
def test_a_base_without_results_is_reported_on(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "bare")
    repository.git("rm", "-r", "--quiet", "plots", "metrics", "dvc.lock", "dvc.yaml", "params.yaml")
    repository.git("commit", "--quiet", "--message", "Nothing")
    repository.git("checkout", "--quiet", "main")
    text = write_report(repository, "bare")
    assert row(text, "metrics/evaluate.json | `custom.test_accuracy`")[2] == "none"
    assert "> The predictions of the base are neither" in text
    assert len(SPEC.findall(repository.read("report/index.html"))) == PLOTS


@pytest.mark.slow
def test_with_seeds_both_sides_are_trained_over_seeds(changed: Repository, tmp_path: Path) -> None:
    text = write_report(changed.copy(tmp_path), "main", "--seeds", "2")
    assert "**torch: " in text.splitlines()[2]
    assert "Seeds were not varied" not in text.splitlines()[2]
    assert "## Over seeds\n\nA is the base, B the workspace, with the same 2 seeds" in text
    assert len(list((tmp_path / COPY / "studies/.runs").glob("[!.]*.json"))) == 4


@pytest.mark.parametrize("base", ["no-such-branch", "--all", HOSTILE])
def test_an_unknown_base_is_refused_before_anything_is_written(
    reproduced: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    monkeypatch.chdir(reproduced.root)
    with pytest.raises(InputError, match="BASE: expected a branch, tag, commit or experiment"):
        report(base, None, tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_a_default_remote_that_no_configuration_has_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DVCFileSystem", Mock(side_effect=KeyError("nowhere")))
    with pytest.raises(InputError, match="expected a remote of the name 'nowhere'; see `dvc remote list`"):
        read_predictions("HEAD")


def test_models_are_paired_with_themselves() -> None:
    test = dataset(np.zeros((5, 4), np.uint8), np.array([0, 1, 2, 3, 3], np.uint8))
    sides = [one_hot([0, 1, 0, 3, 9]), one_hot([0, 9, 2, 3, 3])]
    old, new = (Predictions({"custom": outputs, "torch": outputs}, test) for outputs in sides)
    only = pairs(old, new)["custom"]
    assert (only.old_accuracy, only.new_accuracy, only.points) == (0.6, 0.8, "+20.00")
    assert [np.flatnonzero(side).tolist() for side in (only.newly_right, only.newly_wrong)] == [[2, 3], [1]]
    assert only.p == 1.0  # 2 against 1
    assert old.same_images(new)
    assert not old.same_images(new._replace(test=test.take(slice(4))))


def paired(p: float = 0.0002) -> Paired:
    return Paired(0.9699, 0.9746, newly_right=[100, 0], newly_wrong=[53, 0], p=p)


CHANGES: list[dict[str, object]] = [{}, {"init_seed": 5, "shuffle_seed": 6}, {"init_seed": 5, "lr": 0.5}]


def validated(**sections: TrainParams) -> Params:
    return Params.model_validate(SECTIONS | {name: one.model_dump() for name, one in sections.items()})


UNCHANGED = Paired(0.9, 0.9, [0, 0], [0, 0], 1.0)


def test_the_verdict_on_test_images_says_nothing_of_seeds() -> None:
    said = summary({"torch": paired()}, {}, set())
    assert said.startswith("**torch: +0.47 points of test accuracy; the networks differ on these images (McNemar ")
    assert "p = 0.0002); whether by the change, other seeds tell.**" in said
    assert "; the networks are not told apart" in summary({"torch": paired(p=0.05)}, {}, set())
    assert summary({"torch": UNCHANGED}, {}, set()) == "**No prediction changed.**"
    assert summary({}, {}, set()) == "**No verdict; the notes say why.**"


def test_a_pull_request_that_changes_a_seed_is_called_that() -> None:
    old, new, other = (validated(train_custom=train_params(**changes)) for changes in CHANGES)
    assert only_seeds_differ(old, new) == {"custom"}
    assert only_seeds_differ(old, other) == only_seeds_differ(old, old) == set()
    said = summary({"custom": paired()}, {}, {"custom"})
    same = "the same configuration with another seed: such differences are usual"
    assert said == f"**custom: +0.47 points of test accuracy; {same}.**"


def test_the_verdict_over_seeds_comes_before_that_of_the_test_images() -> None:
    (better,) = answers([(side([0] * 6), side([10, 11, 12, 9, 10, 8]))], LABELS, 0.1, [1])
    said = summary({"custom": UNCHANGED, "torch": paired()}, {"torch": better}, set())
    assert said.startswith("**torch: the workspace is better than the base by 1.00 points ")
    assert "McNemar" not in said


def test_classes_that_changed_sides_have_their_names() -> None:
    text = classes_table({"custom": paired(), "torch": UNCHANGED}, ("T-shirt/top", "Coat | jacket"))
    assert "| `T-shirt/top` | `Coat \\| jacket` |" in text
    assert "| custom | newly right | 100 | 0 |" in text
    assert "torch" not in text


def test_hostile_text_stays_in_its_cell_and_only_numbers_have_a_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes = {"a": {"old": HOSTILE, "new": "b\nc"}, "b": {"old": False, "new": True}, "c": {"new": 3}}
    found = json.dumps({"params.yaml": changes | {"d": {"old": 0.25, "new": 0.125}}})
    monkeypatch.setattr(module, "dvc", lambda *_: found)
    _, _, hostile, *others = changes_table("params", "").splitlines()
    assert hostile.count("`") == 6
    assert [line.split("|")[-2].strip() for line in others] == ["", "", "-0.125"]
    assert row("\n".join(others), "params.yaml | `c`")[2:4] == ["none", "3"]
