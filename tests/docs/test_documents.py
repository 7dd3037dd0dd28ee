"""The documents that a script fills in: current, with verdicts that their figures support."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from mnist_mlp.harness.errors import InputError
from tests.support.factory import ROOT
from tools.documents import filling
from tools.documents.__main__ import DOCUMENTS
from tools.documents.cards import class_rows, model_cards
from tools.documents.fashion import BEGIN, END, gap_page
from tools.documents.filling import DASH, read_json
from tools.documents.findings import equal_pairs, reproduction_report, same_bits
from tools.hashes import initial_hashes


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_committed_document_is_current(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert DOCUMENTS[path]() == (ROOT / path).read_text(encoding="utf-8"), "run: make documents"


def test_the_verdicts_on_the_accuracies_and_the_gap_hold() -> None:
    measured = read_json(str(ROOT / "metrics/evaluate.json"), "dvc repro")
    assert measured["custom"]["test_accuracy"] == measured["published"]["custom"]
    assert measured["torch"]["test_accuracy"] == measured["published"]["torch"]
    assert measured["comparison"]["gap"] > 0
    assert measured["comparison"]["mcnemar_p"] < 1e-6


def test_the_verdicts_on_the_cause_hold() -> None:
    effects = read_json(str(ROOT / "studies/results/gap.json"), "")["gap"]["effects"]
    assert effects["loss_reduction"]["low"] > 4
    assert effects["weight_init"]["high"] < 0
    assert effects["engine"] == {"points": 0.0, "low": 0.0, "high": 0.0}
    parity = pd.read_csv(ROOT / "studies/results/parity.csv")
    steps = read_json(str(ROOT / "studies/results/next_steps.json"), "")["next_steps"]
    rungs = [f"train_{model} {rung}" for model, ladder in steps.items() for rung in list(ladder)[1:]]
    assert sorted(set(parity["configuration"])) == sorted(["train_custom", "train_torch", *rungs])
    assert same_bits(parity)
    assert not same_bits(parity.assign(weights_sha256=parity["engine"]))


def test_the_verdicts_on_seeds_and_learning_rates_hold() -> None:
    seeds = read_json(str(ROOT / "studies/results/seeds.json"), "")["seeds"]
    assert all(5 < one["percentile"] < 95 for one in seeds.values())
    steps = read_json(str(ROOT / "studies/results/next_steps.json"), "")["next_steps"]
    custom, torch = steps["custom"]["learning_rate"], steps["torch"]["learning_rate"]
    assert custom["mean_low"] < torch["mean"] < custom["mean_high"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.125, "0.13"), (-0.125, "\N{MINUS SIGN}0.13"), (-0.001, "0.00"), (4.6565, "4.66"), (100.0, "100.00")],
)
def test_points_have_two_decimals_and_a_real_minus(value: float, text: str) -> None:
    assert filling.points(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(4.6565, "+4.66"), (-0.3425, "\N{MINUS SIGN}0.34"), (0.0, "0.00"), (0.004, "0.00")]
)
def test_a_zero_has_no_sign(value: float, text: str) -> None:
    assert filling.signed(value) == text


@pytest.mark.parametrize(("share", "text"), [(0.9488, "94.88 %"), (0.94305, "94.31 %"), (1.0, "100.00 %")])
def test_shares_are_written_in_per_cent(share: float, text: str) -> None:
    assert filling.percent(share) == text


def test_small_numbers_are_written_as_powers_of_ten() -> None:
    assert filling.power(3.14e-83) == "3 · 10⁻⁸³"


def test_the_rows_of_a_card_are_those_of_the_counts() -> None:
    table = pd.DataFrame({"actual": [0, 0, 1, 1], "predicted": [0, 1, 0, 1], "count": [8, 2, 0, 10]})
    zero, one = class_rows(table, confidence=0.95)
    assert (zero.name, zero.images, zero.recall, zero.precision) == ("0", 10, 0.8, 1.0)
    assert (zero.mistaken_for, zero.mistakes) == ("1", 2)
    assert zero.low == pytest.approx(0.4902, abs=1e-4)  # Wilson's interval for 8 of 10
    assert zero.high == pytest.approx(0.9433, abs=1e-4)
    assert one.precision == pytest.approx(10 / 12)
    assert (one.recall, one.mistakes) == (1.0, 0)


def test_pairs_that_differ_are_not_counted_as_equal() -> None:
    shared = {"weight_init": "normal", "loss_reduction": "mean"}
    runs = [
        {**shared, "engine": engine, "init_seed": seed, "test_accuracy": accuracy}
        for engine, accuracies in (("custom", (0.9, 0.8)), ("torch", (0.9, 0.7)))
        for seed, accuracy in enumerate(accuracies)
    ]
    assert equal_pairs(pd.DataFrame(runs)) == (1, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"no such file; `dvc repro` makes it"),
        ("{", r"expected JSON, got: Expecting property name .*; run `dvc repro`"),
        ("[]", r"expected a JSON object, got list; run `dvc repro`"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "metrics.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"^{path}: {message}$"):
        read_json(str(path), "dvc repro")


def test_results_of_other_data_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics/evaluate.json").write_text('{"custom": {}, "torch": {}}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        InputError, match=r"^metrics/evaluate\.json: expected results on MNIST, .* run `dvc repro`$"
    ):
        reproduction_report()


@pytest.mark.parametrize("make", [model_cards, initial_hashes])
def test_a_folder_of_images_has_no_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[], object]
) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(text.replace("dataset: mnist", "dataset: folder"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^fetch_mnist\.dataset: expected mnist, .* of docs/, got folder$"):
        make()


def test_the_page_of_the_gap_gets_both_data_sets_beside_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "studies/results"
    results.mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/gap.md").write_text(f"before\n{BEGIN}old\n{END}after\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^studies/results/gap\.json: no such file; `dvc repro "):
        gap_page()
    for name in ("gap", "next_steps"):
        for copy in (name, f"{name}_fashion"):
            shutil.copy(ROOT / f"studies/results/{name}.json", results / f"{copy}.json")
    lines = gap_page().splitlines()
    assert f"| engine: NumPy, not PyTorch | 0.00 (0.00 {DASH} 0.00) | 0.00 (0.00 {DASH} 0.00) |" in lines
    (rung,) = (line for line in lines if line.startswith("| `adam` |"))
    assert len(rung.split("|")) == 7
    assert lines[-1] == "after"


def test_a_page_without_its_marks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/gap.md").write_text(f"{BEGIN}no end\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^docs/gap\.md: expected the lines .*, got not both of them$"):
        gap_page()
