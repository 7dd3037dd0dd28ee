"""`mnist-mlp compare`: from the arguments to the answer and its files, and what is refused."""

import json
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest

from tests.compare.conftest import Repository
from tools.compare.answer import compare
from tools.compare.sides import find_commit, read_side
from tools.revisions import git

OUT = Path("out")
FASTER = "train_torch.lr=2.0"  # better with every seed
DIVERGING = "train_torch.weight_init=normal train_torch.init_std=1e38 train_torch.hidden_sizes=[500]"


def compared(repository: Repository, a: str, *others: str, seeds: int = 6, on: str = "val") -> str:
    """Compare; return what was printed."""
    return repository.printed(compare, a, list(others), seeds, on, 0.1, OUT)


def refused(repository: Repository, a: str, b: str) -> str:
    """Compare what cannot be compared; return the message."""
    return repository.refused(compare, a, [b], 6, "val", 0.1, OUT)


def test_terminal_report_and_page_say_the_same_of_a_change_that_is_better(repository: Repository) -> None:
    printed = compared(repository, "main", FASTER)
    text, page = ((OUT / name).read_text(encoding="utf-8") for name in ("report.md", "index.html"))
    assert printed.startswith(text)
    for part in ("**torch: B is better than A by ", "; it wins in 6 of 6 seed pairs.", f"- B: `A with {FASTER}`"):
        assert part in text
    (answer,) = json.loads((OUT / "answers.json").read_text(encoding="utf-8"))
    assert answer["better"] == "B"
    assert 0 < answer["answer"]["p"] < 0.05
    assert answer["answer"]["low"] < answer["answer"]["seeds_low"] < answer["answer"]["mean"]
    assert answer["verdict"] in text
    assert answer["verdict"] in page
    table = pd.read_csv(OUT / "pairs.csv")
    assert table["seed"].tolist() == [0, 1, 2, 3, 4, 5]
    assert table["difference"].mean() == pytest.approx(answer["answer"]["mean"])
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert page.count("src=") == page.count('src="data:image/png;base64,') == 1
    assert (OUT / "pairs.png").read_bytes().startswith(b"\x89PNG")
    assert "test images" not in text
    assert "> Decided on the test images." in compared(repository, "main", FASTER, on="test")
    assert repository.kept() == 12


def test_several_bs_stand_in_one_table_and_are_adjusted(repository: Repository) -> None:
    printed = compared(repository, "main", FASTER, "train_torch.momentum=0.5")
    for part in (
        "**B1, torch: B1 is better than A by ",
        "**B2, torch: ",
        "| B1, torch",
        "times 2: Bonferroni",
    ):
        assert part in printed


def test_another_look_and_another_b_are_counted_and_paid_for(repository: Repository) -> None:
    assert "look" not in (first := compared(repository, "main", FASTER))
    assert compared(repository, "main", FASTER) == first  # the same question
    second = compared(repository, "main", FASTER, seeds=7)
    words = "> torch: look 2 at this pair, question 2 about A on these images. "
    assert words in second
    assert "(times 2: Bonferroni)" in second
    third = compared(repository, "main", "train_torch.momentum=0.5", seeds=2)
    assert "look 1 at this pair, question 3 about A" in third
    assert "look" not in compared(repository, "main", FASTER, on="test")


def test_experiments_the_workspace_and_models_are_sides(repository: Repository) -> None:
    repository.experiment("quick", lr=2.0)
    printed = compared(repository, "quick", "workspace", seeds=2)
    assert f"- A: `quick (commit {(find_commit('quick') or '')[:7]})`\n- B: `workspace`" in printed
    assert "**torch: " in printed
    assert "**custom: " not in printed
    assert "**custom against torch: " in compared(repository, "main:custom", "quick:torch", seeds=2)


def test_a_side_that_diverges_is_counted_with_its_seeds(repository: Repository) -> None:
    printed = compared(repository, "main", DIVERGING, seeds=2)
    assert "**torch: There is no seed with which both sides ended, so nothing can be compared. " in printed
    assert "B diverged with 2 of 2 seeds (0, 1)." in printed
    (answer,) = json.loads((OUT / "answers.json").read_text(encoding="utf-8"))
    assert (answer["answer"]["mean"], answer["answer"]["losses"]) == (None, 2)
    assert pd.read_csv(OUT / "pairs.csv")["b"].isna().all()


def test_an_interruption_says_how_to_continue(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.compare.runs.try_runs", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        compare("main", [FASTER], 6, "val", 0.1, OUT)
    assert "run the same command to continue" in repository.capsys.readouterr().err


REFUSED = [
    ("mian", FASTER, "A: expected a branch, tag; got 'mian'; did you mean main?"),
    ("--all", FASTER, "A: expected a branch; got '--all'"),
    (" ", FASTER, "A: expected a branch; got ''"),
    ("train_torch.lr=1", FASTER, "A: expected a branch; or `workspace`, got 'train_torch.lr=1'"),
    ("main:foo", FASTER, "A: expected one of; 'torch'; after the colon, got 'main:foo'"),
    ("main", "x/y", "B: expected a branch; or changes; `git fetch`"),
    ("main", "main", "A and B: expected two that differ; same training parameters; nothing was trained"),
    ("main", "train_torch.init_seed=7", "A and B: expected two that differ"),
    ("main:custom", FASTER, "A and B: expected two that differ"),
    ("main", "train_torch.lr=0.5 momentum", "B: expected changes such as; got 'momentum'"),
    ("main", "train_torch.lr = 1", "B: expected changes; without blanks within one, got 'train_torch.lr'"),
    ("main", "train_torch.hidden_sizes=[9, 9]", "B: expected changes; without blanks within one, got '9]'"),
    ("main", "train_torch.lrr=1", "B: expected changes; did you mean train_torch.lr?"),
    ("main", "lr=1", "B: expected changes; did you mean train_torch.lr?"),
    ("main", "train_torch.lr=fast", "B: train_torch.lr must be; got 'fast'"),
    ("main", "train_torch.lr=!!str", "B, line; expected plain values"),
    ("main", "train_torch.nesterov=true", "B: train_torch: nesterov: true needs a momentum"),
    ("main", "split.val_size=99", "B: expected split.val_size: 5000.0; got 99.0; `dvc repro`"),
    ("without", FASTER, "without: expected a revision with a params.yaml"),
    ("wrong", FASTER, "wrong:params.yaml: train_torch.lr must be greater than 0"),
]  # fmt: skip


def test_one_message_says_what_is_wrong(repository: Repository) -> None:
    repository.params(lr=-1)
    git("tag", "wrong", repository.commit("Wrong"))
    Path("params.yaml").unlink()
    git("tag", "without", repository.commit("Without"))
    git("reset", "--quiet", "--hard", "HEAD~2")
    for a, b, words in REFUSED:
        message = refused(repository, a, b)
        assert all(part in message for part in words.split("; ")), message
    Path("data/split/train/images.npy").unlink()
    assert "images.npy: no such file; `dvc repro`" in refused(repository, "main", FASTER)


def test_a_revision_with_other_code_is_refused_with_its_files(repository: Repository) -> None:
    code, figures = Path("src/mnist_mlp/network/mlp.py"), Path("src/mnist_mlp/figures.py")
    code.parent.mkdir(parents=True)
    for path in (code, figures):
        path.write_text("old = 1\n", encoding="utf-8")
    git("tag", "old", repository.commit("Old code"))
    figures.write_text("new = 1\n", encoding="utf-8")
    assert read_side("A", "old").params
    code.write_text("new = 1\n", encoding="utf-8")
    message = refused(repository, "old", FASTER)
    assert "A: expected the code of the workspace, got old, where src/mnist_mlp/network/mlp.py differ" in message
    assert "git worktree add ../other " in message


def test_experiments_of_the_same_name_need_the_commit_they_began_at(repository: Repository) -> None:
    rates = {repository.experiment("quick", lr=0.5)[:7]: 0.5, repository.experiment("quick", lr=2.0)[:7]: 2.0}
    assert "expected one experiment, got 2" in (message := refused(repository, "quick", FASTER))
    for start, rate in rates.items():
        assert f"quick@{start}" in message
        assert read_side("A", f"quick@{start}").params.train_torch.lr == rate
    for unknown in ("quick@0000000", "quic"):
        assert "A: expected a branch" in refused(repository, unknown, FASTER)
