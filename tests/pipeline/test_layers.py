"""What an edit to each part of the package runs again. (What may import what is checked by import-linter.)"""

import ast
from pathlib import Path

import pytest
from pydantic import BaseModel

from mnist_mlp.harness import params
from studies import study_params
from tests.support.factory import ROOT
from tests.support.repository import Repository, stages_run

PACKAGE = ROOT / "src/mnist_mlp"
TRAININGS = {"train_custom", "train_torch"}
STAGES = {"fetch_mnist", "split", *TRAININGS, "evaluate", "plot"}
RERUN = {
    "harness/*.py": set[str](),
    "sources/*.py": {"fetch_mnist"},
    "splits.py": {"split"},
    "network/*.py": {"train_custom", "evaluate"},
    "custom_engine.py": {"train_custom", "evaluate"},
    "torch_engine.py": {"train_torch", "evaluate"},
    "exact.py": TRAININGS | {"evaluate"},
    "training/*.py": TRAININGS | {"evaluate"},
    "engines.py": {"evaluate"},
    "evaluation.py": {"evaluate"},
    "models.py": {"evaluate", "plot"},
    "figures.py": {"plot"},
    "core/*.py": STAGES,
    "trained.py": set[str](),
    "command.py": set[str](),
    "__init__.py": set[str](),
}
"""The stages that an edit runs again; `plot` also where `evaluate` then writes other numbers."""


def test_every_file_of_the_package_belongs_to_one_part() -> None:
    found = sorted(path for pattern in RERUN for path in PACKAGE.glob(pattern))
    assert found == sorted(PACKAGE.rglob("*.py"))


@pytest.mark.slow
def test_an_edit_runs_what_depends_on_it_and_nothing_else(reproduced: Repository, tmp_path: Path) -> None:
    edited = reproduced.copy(tmp_path)
    assert changed_stages(edited) == set()
    for pattern, stages in RERUN.items():
        for file in (edited.root / "src/mnist_mlp").glob(pattern):
            file.write_text(file.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
        assert changed_stages(edited) == stages, pattern
        edited.git("checkout", "--quiet", "--", "src")


def changed_stages(repository: Repository) -> set[str]:
    """Return the stages that would run, if those before them write the same bytes as before."""
    return set(stages_run(repository.dvc("repro", "--dry", "--single-item", *sorted(STAGES))))


def test_no_section_has_a_default() -> None:
    """A default would be a value that DVC does not see."""
    kinds = [kind for module in (params, study_params) for kind in vars(module).values() if isinstance(kind, type)]
    sections = [kind for kind in kinds if issubclass(kind, BaseModel)]
    fields = {
        f"{section.__name__}.{key}": field for section in sections for key, field in section.model_fields.items()
    }
    assert [name for name, field in fields.items() if not field.is_required()] == []


def test_the_package_itself_imports_nothing() -> None:
    """No stage lists its __init__.py."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    assert [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)] == []
