"""`make compare`: from the command to the answer and its files."""

import base64
import json
import re

import pandas as pd
import pytest

from mnist_mlp.harness.run import run_stage
from studies.running import backends
from tests.compare.conftest import FASTER, CompareFolder, forget_data
from tools.compare.__main__ import main
from tools.compare.pairs_figure import DARK


def refuse_to_train(*_: object) -> None:
    pytest.fail("a kept training was done again")


def test_a_change_on_top_of_a_is_better_with_every_seed(folder: CompareFolder) -> None:
    printed = folder.compare("--a=main", f"--b={FASTER}", "--seeds=6")
    first = printed.splitlines()[0]
    assert re.fullmatch(
        r"torch: B is better than A by \d+\.\d\d points \(95 % interval \d+\.\d\d to \d+\.\d\d, 6 seed pairs\); "
        r"B wins in 6 of 6\.",
        first,
    )
    assert sorted(path.name for path in (folder.root / "compare").iterdir()) == [
        "answers.json", "index.html", "pairs.csv", "pairs.png", "report.md",
    ]  # fmt: skip
    (answer,) = json.loads((folder.root / "compare/answers.json").read_text())
    assert answer["better"] == "B"
    assert answer["answer"]["p"] == 2 / 64
    table = pd.read_csv(folder.root / "compare/pairs.csv")
    assert list(table.columns) == ["match", "seed", "a", "b", "difference"]
    assert table["seed"].tolist() == [0, 1, 2, 3, 4, 5]
    assert table["difference"].mean() == pytest.approx(answer["answer"]["mean"])
    text = (folder.root / "compare/report.md").read_text()
    assert text.startswith(f"# Is B better than A?\n\n**{first}**\n")
    assert f"- B: `A with {FASTER}`" in text


def test_the_page_holds_everything_and_follows_the_reader_into_the_dark(folder: CompareFolder) -> None:
    folder.compare("--a=main", f"--b={FASTER}", "--seeds=6")
    html = (folder.root / "compare/index.html").read_text()
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in html
    addresses = re.findall(r"""(?:src|srcset|href)\s*=\s*["']([^"']*)""", html)
    assert [address.partition(",")[0] for address in addresses] == ["data:image/svg+xml;base64"] * 2
    dark, light = (base64.b64decode(address.partition(",")[2]).decode() for address in addresses)
    assert all(colour in light and colour not in dark for colour in DARK)
    assert all(light.count(colour) == dark.count(other) for colour, other in DARK.items())
    assert html.count("prefers-color-scheme: dark") == 2  # colours and picture
    assert "<script" not in html


@pytest.mark.slow
def test_finished_trainings_are_kept(folder: CompareFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = folder.compare("--a=main", f"--b={FASTER}", "--seeds=3")
    assert len(folder.kept()) == 6
    monkeypatch.setattr(backends, "train", refuse_to_train)
    assert folder.compare("--a=main", f"--b={FASTER}", "--seeds=3") == first


def test_fewer_than_six_pairs_give_no_verdict(folder: CompareFolder) -> None:
    printed = folder.compare("--a=main", f"--b={FASTER}", "--seeds=5")
    assert printed.startswith("torch: 5 seed pairs are too few for a verdict: with fewer than 6, ")


@pytest.mark.slow
def test_an_experiment_and_the_workspace_are_sides(folder: CompareFolder) -> None:
    start = folder.git("rev-parse", "HEAD")
    params = (folder.root / "params.yaml").read_text()
    (folder.root / "params.yaml").write_text(params.replace('"lr": 0.02', '"lr": 2.0'))
    made = folder.commit("An experiment")
    folder.git("update-ref", f"refs/exps/{start[:2]}/{start[2:]}/quick", made)
    folder.git("reset", "--quiet", "--hard", start)
    printed = folder.compare("--a=quick", "--seeds=2")
    assert f"A: quick (commit {made[:7]})" in printed
    assert "B: workspace" in printed
    assert [line.split(":")[0] for line in printed.splitlines()[:2]] == ["custom", "torch"]
    forget_data()
    assert "\ntorch: " not in folder.compare("--a=quick", "--seeds=2", "--model=custom")


@pytest.mark.slow
def test_two_models_of_a_revision_are_sides_and_equal_ones_are_called_equal(folder: CompareFolder) -> None:
    params = json.loads((folder.root / "params.yaml").read_text())
    for name in ("train_custom", "train_torch"):
        params[name] |= {"dtype": "exact"}
    folder.write("params.yaml", params)
    folder.commit("Exact")
    printed = folder.compare("--a=HEAD:custom", "--b=HEAD:torch", "--seeds=6")
    assert printed.startswith("custom against torch: A and B are equal in all 6 seed pairs, to the last image.\n")


@pytest.mark.slow
def test_several_bs_share_a_table_and_need_more_pairs(folder: CompareFolder) -> None:
    printed = folder.compare("--a=main", f"--b={FASTER} ; train_torch.momentum=0.5", "--seeds=6")
    first, second, *_ = printed.splitlines()
    assert first.startswith("torch: 6 seed pairs are too few for a verdict in 2 comparisons at a time")
    assert "B2 differs from A by" in second
    printed = folder.compare("--a=main", f"--b={FASTER} ; train_torch.momentum=0.5", "--seeds=7")
    assert printed.startswith("torch: B1 is better than A by ")
    assert "Holm's correction" in printed
    assert "|  | B1, torch | B2, torch |" in (folder.root / "compare/report.md").read_text()


def test_a_side_that_diverges_is_counted_with_its_seeds(folder: CompareFolder) -> None:
    wild = "train_torch.weight_init=normal train_torch.init_std=1e38 train_torch.hidden_sizes=[500]"
    printed = folder.compare("--a=main", f"--b={wild}", "--seeds=2")
    assert printed.startswith(
        "torch: B diverged with 2 of 2 seeds (0, 1). There is no pair of seeds with which both sides ended"
    )
    (answer,) = json.loads((folder.root / "compare/answers.json").read_text())
    assert answer["answer"]["b"]["diverged"] == [0, 1]
    assert answer["answer"]["mean"] is None
    assert answer["answer"]["losses"] == 2
    assert pd.read_csv(folder.root / "compare/pairs.csv")["b"].isna().all()


@pytest.mark.slow
def test_the_split_can_vary_as_well(folder: CompareFolder) -> None:
    params = json.loads((folder.root / "params.yaml").read_text())
    params["split"] |= {"test_size": 100, "val_size": 100}
    folder.write("params.yaml", params)
    folder.commit("Sizes")
    fixed = folder.compare("--a=HEAD", f"--b={FASTER}", "--seeds=2")
    varied = folder.compare("--a=HEAD", f"--b={FASTER}", "--seeds=2", "--vary=split")
    assert "for initial weights, the order of the images and the split; " in varied
    assert varied.splitlines()[0] != fixed.splitlines()[0]
    assert len(folder.kept()) == 8


@pytest.mark.slow
def test_test_images_are_used_only_when_asked_and_that_is_said(folder: CompareFolder) -> None:
    folder.compare("--a=main", f"--b={FASTER}", "--seeds=2")
    assert "test images" not in (folder.root / "compare/report.md").read_text()
    assert "of the test images." in folder.compare("--a=main", f"--b={FASTER}", "--seeds=2", "--on=test")
    assert "> Decided on the test images." in (folder.root / "compare/report.md").read_text()


def test_interruption_is_said_to_keep_what_is_finished(
    folder: CompareFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tools.compare.matches.try_runs", interrupt)
    monkeypatch.setattr("sys.argv", ["compare", "--a=main", f"--b={FASTER}"])
    with pytest.raises(SystemExit) as caught:
        run_stage(main)
    assert caught.value.code == 130
    assert capsys.readouterr().err.splitlines() == [
        "note: finished trainings are kept; the same command goes on with the others", "error: interrupted",
    ]  # fmt: skip
    assert not (folder.root / "compare").exists()
