"""`make report`: what it says of a change, and of everything that can be missing."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mnist_mlp.core.arrays import DIGITS
from mnist_mlp.harness.run import run_stage
from tests.report.conftest import report
from tests.support.factory import dataset, one_hot
from tests.support.repository import Repository
from tools.compare.answers import Answer, answers
from tools.report.__main__ import main
from tools.report.plots import told_apart
from tools.report.predictions import Paired, Predictions, by_class, pair
from tools.report.text import changes_table, classes_section, code, difference, summary

PLOTS = 8
"""Four overlays of both models, each model's own curve and its confusion matrix."""
HOSTILE = "a|<script>alert(1)</script>$(touch pwned)`x`"


@pytest.fixture
def repository(reproduced: Repository, tmp_path: Path) -> Repository:
    """A copy of the reproduced repository that a test may change."""
    return reproduced.copy(tmp_path)


def row(text: str, start: str) -> list[str]:
    """Return the cells of the one table row that starts so."""
    (line,) = (line for line in text.splitlines() if line.startswith(f"| {start}"))
    return [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def test_a_changed_parameter_and_its_metrics_are_listed(changed: Repository) -> None:
    text = changed.read("report/report.md")
    assert row(text, "params.yaml | `train_torch.lr`")[2:] == ["0.1", "0.5", "+0.4"]
    _, _, old, new, change = row(text, "metrics/evaluate.json | `torch.test_loss`")
    assert float(new) - float(old) == pytest.approx(float(change), abs=1e-6)
    assert float(new) < float(old)
    assert "`custom.test_accuracy`" not in text


def test_paired_test_compares_the_outputs_of_both_sides(changed: Repository, reproduced: Repository) -> None:
    old, new, labels = (
        np.load(io.BytesIO((side.root / path).read_bytes()))
        for side, path in (
            (reproduced, "data/outputs/torch.npy"),
            (changed, "data/outputs/torch.npy"),
            (changed, "data/split/test/labels.npy"),
        )
    )
    before, after = old.argmax(axis=1) == labels, new.argmax(axis=1) == labels
    found = row(changed.read("report/report.md"), f"torch | {before.mean():.2%}")
    assert found[1:3] == [f"{before.mean():.2%}", f"{after.mean():.2%}"]
    assert found[4:6] == [str((after & ~before).sum()), str((before & ~after).sum())]


def test_the_page_holds_everything_in_one_file(changed: Repository) -> None:
    html = changed.read("report/index.html")
    assert len(re.findall(r"vegaEmbed\('#", html)) == PLOTS
    addresses = re.findall(r"""(?:src|href)\s*=\s*["']([^"']{0,30})""", html.split("</script>", 1)[1])
    assert addresses
    assert all(address.startswith("data:image/png;base64,") for address in addresses)
    assert html.count('src="data:image/png') >= 3
    assert "<table>" in html
    assert sorted(path.name for path in (changed.root / "report").iterdir()) == ["index.html", "report.md"]


def test_the_verdict_comes_first_and_names_what_was_not_varied(changed: Repository) -> None:
    title, _, verdict, *_ = changed.read("report/report.md").splitlines()
    assert title == "# What changed from `main`"
    assert re.match(r"\*\*torch: [+-]\d+\.\d\d points of test accuracy; ", verdict)
    assert verdict.endswith(" Seeds were not varied.**")
    hint = "> Parameters of torch differ; `make report SEEDS=6` says what other seeds do."
    assert hint in changed.read("report/report.md")


def test_classes_that_changed_sides_have_their_names() -> None:
    counts = {"T-shirt/top": 2, "Coat | jacket": 0}
    text = classes_section({"custom": paired(newly_right=counts, newly_wrong=counts)})
    assert text.splitlines()[0] == "## Classes that changed sides"
    assert "| model | | `T-shirt/top` | `Coat \\| jacket` |" in text
    assert "| custom | newly right | 2 | 0 |" in text


def test_digits_that_changed_sides_have_a_heading_and_matrices_are_shown_once(changed: Repository) -> None:
    html = changed.read("report/index.html").split("<main>")[1]
    headings = re.findall(r"<h[12]>([^<]+)<", html)
    assert headings[-2:] == ["Digits that changed sides", "Curves, confusion matrices and pictures"]
    assert "plots/confusion.png" not in html
    assert html.count('class="pair"') == 2
    base = changed.git("rev-parse", "--short=7", "main").strip()
    assert re.findall(r"<figcaption>(\w+)", html) == [base, "workspace"] * 2


def test_solid_and_dashed_lines_are_told_apart_in_the_legend() -> None:
    dash = {"field": "filename", "scale": {"domain": ["a", "b"], "range": [[1, 0], [8, 8]]}, "legend": {}}
    found = told_apart({"encoding": {"x": 1, "strokeDash": dash}})["encoding"]
    assert found["x"] == 1
    assert found["strokeDash"]["legend"]["symbolType"] == "stroke"
    assert found["strokeDash"]["scale"] == {"domain": ["a", "b"], "range": [[1, 0], [6, 4]]}
    assert told_apart({"layer": []}) == {"layer": []}


@pytest.mark.slow
def test_with_seeds_both_sides_are_trained_over_seeds(changed: Repository, tmp_path: Path) -> None:
    repository = changed.copy(tmp_path)
    repository.run("python", "-m", "tools.report", "--base", "main", "--seeds", "6")
    text = repository.read("report/report.md")
    assert re.match(r"# .*\n\n\*\*torch: (the workspace is better|These 6 pairs do not tell|the base)", text)
    assert "## Over seeds\n\nA is the base, B the workspace; both were trained with the same 6 seeds" in text
    assert len(list((repository.root / "studies/.runs").glob("[!.]*.json"))) == 12


def test_the_report_is_not_in_git(changed: Repository) -> None:
    assert changed.git("status", "--porcelain") == ""


def test_equal_results_are_reported_as_equal(repository: Repository) -> None:
    report(repository, "HEAD")
    text = repository.read("report/report.md")
    assert "No parameter differs." in text
    assert "No metric differs." in text
    assert "> " not in text
    assert text.count("these test images show no difference") == 2
    assert repository.read("report/index.html").count("None of its predictions changed.") == 2


@pytest.mark.slow
def test_a_base_without_results_is_reported_on(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "bare")
    repository.git("rm", "-r", "--quiet", "plots", "metrics", "dvc.lock", "dvc.yaml", "params.yaml")
    repository.git("commit", "--quiet", "--message", "Nothing")
    repository.git("checkout", "--quiet", "main")
    report(repository, "bare")
    text = repository.read("report/report.md")
    assert row(text, "metrics/evaluate.json | `custom.test_accuracy`")[2] == "none"
    assert "The predictions of the base are neither" in text
    assert len(re.findall(r"vegaEmbed\('#", repository.read("report/index.html"))) == PLOTS


@pytest.mark.slow
def test_notes_name_missing_commits_and_stale_results_and_quote_a_hostile_name(repository: Repository) -> None:
    name = "x`$(touch${IFS}pwned)<b>|y"
    repository.git("checkout", "--quiet", "-b", name)
    repository.git("commit", "--quiet", "--allow-empty", "--message", "More")
    repository.git("checkout", "--quiet", "main")
    repository.replace("params.yaml", {"shuffle_seed: 10": "shuffle_seed: 11"})
    report(repository, name)
    text = repository.read("report/report.md")
    assert "> The workspace lacks 1 commits of the base" in text
    assert "> The results are older than the workspace's parameters or code" in text
    assert "`x'$(touch${IFS}pwned)<b>\\|y`" in text
    assert "<b>" not in repository.read("report/index.html").split("</style>")[1].split("<body>")[1]
    assert not (repository.root / "pwned").exists()


@pytest.mark.slow
def test_missing_predictions_are_reported(repository: Repository) -> None:
    for path in (repository.root / ".dvc" / "cache" / "files").rglob("*"):
        if path.is_file() or path.is_symlink():
            path.chmod(0o644)
            path.unlink()
    report(repository, "main")
    text = repository.read("report/report.md")
    assert "> The predictions of the base are neither in the workspace's cache nor in a DVC remote" in text
    assert "McNemar p" not in text


@pytest.mark.parametrize("base", ["no-such-branch", "--all", HOSTILE])
def test_unknown_base_is_refused_before_anything_is_written(
    reproduced: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    base: str,
) -> None:
    monkeypatch.chdir(reproduced.root)
    monkeypatch.setattr("sys.argv", ["report", f"--base={base}", f"--out={tmp_path / 'report'}"])
    with pytest.raises(SystemExit) as caught:
        run_stage(main)
    assert caught.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: BASE: expected a branch, tag or commit of this repository, got {base!r}")
    assert not (tmp_path / "report").exists()


def paired(**changes: object) -> Paired:
    values = {
        "old_accuracy": 0.9699, "new_accuracy": 0.9746, "newly_right": {"0": 100}, "newly_wrong": {"0": 53},
        "p": 0.0002,
    }  # fmt: skip
    return Paired(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "the two trainings differ by more than chance on these test images"),
        ({"p": 0.05}, "these test images show no difference"),
    ],
)
def test_verdicts_on_test_images_say_nothing_of_seeds(changes: dict[str, object], verdict: str) -> None:
    assert paired(**changes).verdict == verdict


def test_another_seed_of_the_same_network_is_not_called_larger_than_what_seeds_do() -> None:
    """A ReLU network against itself with another init_seed, 96.99 % and 97.46 %."""
    said = summary({"torch": paired()}, {})
    assert said == (
        "**torch: +0.47 points of test accuracy; the two trainings differ by more than chance on these test "
        "images (McNemar p = 0.0002). Seeds were not varied.**"
    )
    assert "change of seed" not in said
    assert "larger" not in said


def over_seeds(*differences: float) -> Answer:
    rows = {"match": 0, "seed": range(len(differences)), "a": 90.0, "difference": differences}
    (found,) = answers(pd.DataFrame(rows).assign(b=lambda table: table["a"] + table["difference"]), 0.1, ["torch"])
    return found


def test_the_verdict_over_seeds_comes_before_that_of_the_test_images() -> None:
    said = summary({"custom": paired(newly_right={"0": 0}, newly_wrong={"0": 0}), "torch": paired()}, {
        "torch": over_seeds(0.47, -0.2, 0.1, -0.4, 0.2, 0.1)
    })  # fmt: skip
    assert said.startswith("**torch: These 6 pairs do not tell the base from the workspace; ")
    better = summary({}, {"torch": over_seeds(1.0, 1.1, 1.2, 0.9, 1.0, 0.8)})
    assert better.startswith("**torch: the workspace is better than the base by 1.00 points ")


def test_a_reader_learns_when_there_is_nothing_to_say() -> None:
    unchanged = paired(newly_right={"0": 0}, newly_wrong={"0": 0})
    assert summary({"torch": unchanged}, {}) == "**No prediction changed.**"
    assert summary({}, {}) == "**The two sides cannot be compared; the notes say why.**"


def test_a_model_is_paired_with_itself_by_hand() -> None:
    labels = np.array([0, 1, 2, 3, 3], np.uint8)
    test = dataset(np.zeros((5, 4), np.uint8), labels)
    sides = [one_hot([0, 1, 0, 3, 9]), one_hot([0, 9, 2, 3, 3])]
    old, new = (Predictions({"custom": outputs, "torch": outputs}, test) for outputs in sides)
    found = pair("custom", old, new)
    assert (found.old_accuracy, found.new_accuracy) == (0.6, 0.8)
    assert found.newly_right == by_class(np.array([2, 3], np.uint8), DIGITS)
    assert found.newly_wrong == by_class(np.array([1], np.uint8), DIGITS)
    assert found.p == 1.0  # 2 against 1


def test_parameter_that_is_not_a_number_has_no_difference() -> None:
    assert difference({"old": "mean", "new": "batch_mean"}) == ""
    assert difference({"old": False, "new": True}) == ""
    assert difference({"new": 3}) == ""
    assert difference({"old": 0.25, "new": 0.125}) == "-0.125"


def test_hostile_text_stays_in_its_cell() -> None:
    assert code(HOSTILE).count("`") == 2
    table = changes_table("Parameters", {"params.yaml": {"a": {"old": HOSTILE, "new": "b\nc"}}}, "")
    assert len(table.splitlines()) == 5
