"""dvc.yaml says what the scripts do: DVC follows neither imports nor parameters by itself."""

import ast
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml
from pydantic import BaseModel

from mnist_mlp.harness import params
from studies import study_params
from tests.support.factory import ROOT
from tests.support.repository import Repository, stages_run

PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STUDIES: dict[str, Any] = yaml.safe_load((ROOT / "studies/dvc.yaml").read_text(encoding="utf-8"))["stages"]
STAGES = ("fetch_mnist", "split", "train_custom", "train_torch", "evaluate", "plot")
TRAININGS = {"train_custom", "train_torch"}
PACKAGE = ROOT / "src/mnist_mlp"
IMPORTS = grimp.build_graph("mnist_mlp", "stages", "studies", cache_dir=None)
NO_OUTPUT_DEPENDS_ON = ("src/mnist_mlp/harness/", "src/mnist_mlp/__init__.py")
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
    "core/*.py": {*STAGES},
    "trained.py": set[str](),
    "command.py": set[str](),
    "__init__.py": set[str](),
}
"""The stages that an edit runs again; `plot` also where `evaluate` then writes other numbers."""

each_study = pytest.mark.parametrize("study", STUDIES)
each_stage = pytest.mark.parametrize("stage", STAGES)


def declared_files(deps: list[str]) -> set[str]:
    """Return the source files that dependencies name, those in folders included."""
    named = [ROOT / dep for dep in deps if not dep.startswith(("data/", "models/", "plots/", "studies/results/"))]
    files = [file for path in named for file in ([path] if path.is_file() else path.glob("*.py"))]
    return {file.relative_to(ROOT).as_posix() for file in files}


def imported_files(module: str) -> set[str]:
    """Return the source files that a module needs, directly or not, but for those that no output depends on."""
    reached, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name and name not in reached:
            reached.add(name)
            package = name.rpartition(".")[0]
            waiting += [package, *IMPORTS.find_modules_directly_imported_by(name)]
    specs = [spec for spec in map(find_spec, reached) if spec and spec.origin]
    files = {Path(str(spec.origin)).relative_to(ROOT).as_posix() for spec in specs}
    return {file for file in files if not file.startswith(NO_OUTPUT_DEPENDS_ON)}


def parameters_read(module: str, reader: str = "load_params") -> set[str]:
    """Return ``a.b`` for each ``load_params().a.b`` in a script, and ``a`` for each ``load_params().a``."""
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    chains = [chain for node in ast.walk(tree) if (chain := _attributes(node, reader))]
    return {chain for chain in chains if not any(other.startswith(f"{chain}.") for other in chains)}


def _attributes(node: ast.AST, reader: str) -> str | None:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == reader
    return ".".join(reversed(names)) if called and names else None


def test_stages_scripts_and_params_sections_have_the_same_names() -> None:
    scripts = {path.stem for path in (ROOT / "stages").glob("*.py")} - {"__init__"}
    sections = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert tuple(PIPELINE["stages"]) == STAGES
    assert scripts == set(STAGES) == set(sections)


@each_stage
def test_a_stage_declares_its_script_source_files_and_parameters(stage: str) -> None:
    declared, module = PIPELINE["stages"][stage], f"stages.{stage}"
    assert declared["cmd"] == f"python -m {module}"
    assert declared_files(declared["deps"]) == imported_files(module)
    assert set(declared["params"]) == parameters_read(module)


@each_stage
def test_only_metrics_and_plots_are_kept_out_of_the_cache_and_in_git(stage: str) -> None:
    declared = PIPELINE["stages"][stage]
    for entry in declared.get("metrics", []) + declared.get("plots", []):
        assert [properties["cache"] for properties in entry.values()] == [False]
    outs = declared.get("outs", [])
    ignored = subprocess.run(
        ["git", "check-ignore", "--stdin"],
        cwd=ROOT,
        input="\n".join(outs),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ignored.stdout.split() == outs


def test_the_training_stages_cannot_see_the_test_images() -> None:
    for stage in TRAININGS:
        data = [dep for dep in PIPELINE["stages"][stage]["deps"] if dep.startswith("data/")]
        assert data == ["data/split/train", "data/split/val"]


def test_both_models_are_artifacts() -> None:
    outs = {name: artifact["path"] for name, artifact in PIPELINE["artifacts"].items()}
    assert outs == {"custom": "models/custom.safetensors", "torch": "models/torch.safetensors"}


@each_study
def test_a_study_declares_its_source_files_and_parameters(study: str) -> None:
    declared = STUDIES[study]
    *before, (module, *data_set) = commands_of(study)
    assert study == "_".join([module.removeprefix("studies."), *data_set])
    assert before == [[f"studies.split_{name}"] for name in data_set]
    modules = [words[0] for words in commands_of(study)]
    assert declared_files(declared["deps"]) == set.union(*map(imported_files, modules))
    own = [
        section
        for entry in declared["params"]
        if isinstance(entry, dict)
        for section in entry["studies/params.yaml"]
    ]
    read = set.union(*map(parameters_read, modules))
    assert {entry for entry in declared["params"] if isinstance(entry, str)} == read
    assert set(own) == parameters_read(module, "load_study_params")


def commands_of(study: str) -> list[list[str]]:
    """Return the commands of a study, each as its module and the words after it."""
    commands = STUDIES[study]["cmd"]
    return [
        one.removeprefix("python -m ").split() for one in ([commands] if isinstance(commands, str) else commands)
    ]


def test_a_study_of_a_data_set_makes_its_splits_and_writes_results_of_its_name() -> None:
    folders = yaml.safe_load((ROOT / "studies/params.yaml").read_text(encoding="utf-8"))["datasets"]
    named = {study: words[1] for study in STUDIES if len(words := commands_of(study)[-1]) > 1}
    assert set(named.values()) == {*folders} - {"mnist"}
    for study, data_set in named.items():
        assert [dep for dep in STUDIES[study]["deps"] if dep.startswith("data/")] == []
        assert all(f"_{data_set}." in path for out in STUDIES[study]["outs"] for path in out)


def test_no_section_has_a_default() -> None:
    """A default would be a value that DVC does not see."""
    kinds = [kind for module in (params, study_params) for kind in vars(module).values() if isinstance(kind, type)]
    sections = [kind for kind in kinds if issubclass(kind, BaseModel)]
    fields = [(section, *field) for section in sections for field in section.model_fields.items()]
    assert [(section, key) for section, key, field in fields if not field.is_required()] == []


def test_every_file_of_the_package_belongs_to_one_part() -> None:
    found = sorted(path for pattern in RERUN for path in PACKAGE.glob(pattern))
    assert found == sorted(PACKAGE.rglob("*.py"))


def test_the_package_itself_imports_nothing() -> None:
    """No stage lists its __init__.py."""
    assert IMPORTS.find_modules_directly_imported_by("mnist_mlp") == set()


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
