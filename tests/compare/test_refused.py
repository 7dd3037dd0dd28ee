"""What `make compare` refuses: one line each, and nothing trained or written."""

import pytest

from tests.compare.conftest import FASTER, CompareFolder
from tools.compare.sides import find_commit, read_side

LR = f"--b={FASTER}"


@pytest.mark.parametrize(
    ("options", "beginning"),
    [
        (["--a=mian", LR], "A: expected a branch, tag, commit or experiment, `workspace`, or changes such as"),
        (["--a=main", "--b=mainn"], "B: expected a branch, tag"),
        (["--a=--all", LR], "A: expected a branch, tag"),
        (["--a= ", LR], "A: expected a revision, an experiment or workspace, got nothing"),
        (["--a=train_torch.lr=1"], "A: expected a branch, tag"),
        (["--a=main"], "A and B: expected two that differ, got the same parameters of custom and torch"),
        (["--a=main", "--b=train_torch.init_seed=7"], "A and B: expected two that differ"),
        (
            ["--a=main", "--model=custom", LR],
            "A and B: expected two that differ, got the same parameters of custom",
        ),
        (["--a=main:torch", "--model=torch", LR], "MODEL: expected it to be left out"),
        (["--a=main", "--b=train_torch.lr"], "B: expected a branch, tag"),
        (["--a=main", "--b=train_torch.lr=0.5 momentum"], "B: expected changes such as train_torch.lr=1.0, got"),
        (["--a=main", "--b=train_torch.lr=fast"], "B: train_torch.lr must be a finite number, got 'fast'"),
        (["--a=main", "--b=train_torch.lr="], "B: train_torch.lr must be a finite number, got None"),
        (["--a=main", "--b=train_torch.loss=cross_entropy"], "B: train_torch: loss: cross_entropy needs"),
        (["--a=main", "--b=train_torch.nesterov=true"], "B: train_torch: nesterov: true needs a momentum"),
        (["--a=main", "--b=split.val_size=99"], "B: expected split.val_size: 5000.0, as in the workspace"),
        (["--a=main", "--seeds=1", LR], "SEEDS: expected a whole number from 2 to 10,000, got '1'"),
        (["--a=main", "--seeds=many", LR], "SEEDS: expected a whole number"),
        (["--a=main", "--model=jax", LR], "MODEL: expected both or custom or torch, got 'jax'"),
        (["--a=main", "--vary=order", LR], "VARY: expected seeds or split, got 'order'"),
        (["--a=main", "--on=train", LR], "ON: expected val or test, got 'train'"),
        (["--a=main", "--effect=nan", LR], "EFFECT: expected a difference in points, from 0.001 to 100"),
        (["--a=main", "--effect=much", LR], "EFFECT: expected a difference in points, from 0.001 to 100"),
    ],
)
def test_one_line_says_what_is_wrong(folder: CompareFolder, options: list[str], beginning: str) -> None:
    line = folder.refused(*options)
    assert line.startswith(beginning), line
    assert folder.kept() == {}


@pytest.mark.parametrize(
    ("options", "likeliest"),
    [
        (["--a=mian", LR], "main"),
        (["--a=main", "--b=train_torch.lrr=1"], "train_torch.lr"),
        (["--a=main", "--b=lr=1"], "train_torch.lr"),
        (["--a=main", "--b=train_tocrh.momentum=0.5"], "train_torch.momentum"),
    ],
)
def test_the_likeliest_name_is_suggested(folder: CompareFolder, options: list[str], likeliest: str) -> None:
    assert folder.refused(*options).endswith(f"; did you mean {likeliest}?")


def test_a_revision_with_other_code_is_refused_with_its_files_and_the_way_to_compare(
    folder: CompareFolder,
) -> None:
    code = folder.root / "src/mnist_mlp/network/mlp.py"
    code.parent.mkdir(parents=True)
    code.write_text("old = 1\n")
    (folder.root / "src/mnist_mlp/figures.py").write_text("old = 1\n")
    folder.git("tag", "old", folder.commit("Old code"))
    (folder.root / "src/mnist_mlp/figures.py").write_text("new = 1\n")
    assert "too few for a verdict" in folder.compare("--a=old", LR, "--seeds=2")
    for path in (folder.root / "compare").iterdir():
        path.unlink()
    (folder.root / "compare").rmdir()
    code.write_text("new = 1\n")
    line = folder.refused("--a=old", LR)
    assert line.startswith(
        "A: expected the code of the workspace, got old, where src/mnist_mlp/network/mlp.py differ"
    )
    assert "git worktree add ../other " in line


def test_experiments_of_the_same_name_are_told_apart_by_the_words_of_the_refusal(folder: CompareFolder) -> None:
    bases, made = [], {}
    for lr in ("0.5", "2.0"):
        base = folder.git("commit", "--quiet", "--allow-empty", "--message", lr) or folder.git("rev-parse", "HEAD")
        params = (folder.root / "params.yaml").read_text()
        (folder.root / "params.yaml").write_text(params.replace('"lr": 0.02', f'"lr": {lr}'))
        made[base] = folder.commit("An experiment")
        folder.git("update-ref", f"refs/exps/{base[:2]}/{base[2:]}/quick", made[base])
        folder.git("reset", "--quiet", "--hard", base)
        bases.append(base)
    first, second = (f"quick@{base[:7]}" for base in sorted(bases))
    assert folder.refused("--a=quick", LR) == (
        "quick: expected one experiment, got 2 of this name, which began at different commits; "
        f"name the commit as well: {first} or {second}"
    )
    assert find_commit(first) == made[min(bases)]
    assert find_commit(f"quick@{max(bases)}") == made[max(bases)]
    assert read_side("A", second).params.train_torch.lr == {bases[0]: 0.5, bases[1]: 2.0}[max(bases)]
    assert folder.refused("--a=quick@", LR).startswith("A: expected a branch, tag, commit or experiment")
    assert folder.refused("--a=quick@0000000", LR).startswith("A: expected a branch, tag, commit or experiment")


def test_a_revision_without_parameters_or_with_wrong_ones_is_refused(folder: CompareFolder) -> None:
    params = (folder.root / "params.yaml").read_text()
    (folder.root / "params.yaml").write_text(params.replace('"lr": 0.02', '"lr": -1', 1))
    folder.git("tag", "wrong", folder.commit("Wrong"))
    (folder.root / "params.yaml").unlink()
    folder.git("tag", "without", folder.commit("Without"))
    (folder.root / "params.yaml").write_text(params)
    assert folder.refused("--a=without", LR) == "without: expected a revision with a params.yaml, got one without"
    assert folder.refused("--a=wrong", LR) == "wrong:params.yaml: train_custom.lr must be > 0, got -1"


def test_no_data_yet(folder: CompareFolder) -> None:
    for path in (folder.root / "data/split/train").iterdir():
        path.unlink()
    assert folder.refused("--a=main", LR) == "data/split/train/images.npy: no such file; `dvc repro` makes it"
