"""dvc.yaml says what the scripts do: DVC follows neither imports nor parameters by itself."""

import ast
import subprocess
from typing import Any

import pytest
import yaml

from tests.support.closure import import_closure
from tests.support.factory import ROOT

PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STAGES = ("fetch_mnist", "split", "train_custom", "train_torch", "evaluate", "plot")
HARNESS, PACKAGE = "src/mnist_mlp/harness/", "src/mnist_mlp/__init__.py"

STUDIES: dict[str, Any] = yaml.safe_load((ROOT / "studies" / "dvc.yaml").read_text(encoding="utf-8"))

each_study = pytest.mark.parametrize("study", STUDIES["stages"])
each_stage = pytest.mark.parametrize("stage", STAGES)


def source_files(deps: list[str]) -> set[str]:
    """Return the source files that dependencies name, those in folders included."""
    named = [ROOT / dep for dep in deps if not dep.startswith(("data/", "models/", "plots/", "studies/results/"))]
    files = [file for path in named for file in ([path] if path.is_file() else path.glob("*.py"))]
    return {file.relative_to(ROOT).as_posix() for file in files}


def closure_of(module: str) -> set[str]:
    """Return the files that a module reaches, but for those that no output depends on."""
    reached = import_closure(module)
    return {name for name in reached if not name.startswith(HARNESS) and name != PACKAGE}


def script(stage: str, folder: str = "stages") -> ast.Module:
    return ast.parse((ROOT / folder / f"{stage}.py").read_text(encoding="utf-8"))


def parameters_read(tree: ast.Module, reader: str = "load_params") -> set[str]:
    """Return ``a.b`` for each ``load_params().a.b`` in a script, and ``a`` for each ``load_params().a``."""
    chains = [chain for node in ast.walk(tree) if (chain := attribute_chain(node, reader))]
    return {chain for chain in chains if not any(other.startswith(f"{chain}.") for other in chains)}


def attribute_chain(node: ast.AST, reader: str) -> str | None:
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
def test_command_runs_the_script_of_the_stage(stage: str) -> None:
    assert PIPELINE["stages"][stage]["cmd"] == f"python -m stages.{stage}"


@each_stage
def test_source_files_in_deps_are_those_the_script_reaches(stage: str) -> None:
    assert source_files(PIPELINE["stages"][stage]["deps"]) == closure_of(f"stages.{stage}")


@each_stage
def test_parameters_declared_are_those_the_script_reads(stage: str) -> None:
    assert set(PIPELINE["stages"][stage]["params"]) == parameters_read(script(stage))


@each_stage
def test_only_metrics_and_plots_are_kept_out_of_the_cache(stage: str) -> None:
    outputs = PIPELINE["stages"][stage]
    assert all(isinstance(out, str) for out in outputs.get("outs", []))
    for entry in outputs.get("metrics", []) + outputs.get("plots", []):
        assert [properties["cache"] for properties in entry.values()] == [False]


def test_every_cached_output_is_ignored_by_git() -> None:
    outs = [out for stage in PIPELINE["stages"].values() for out in stage.get("outs", [])]
    ignored = subprocess.run(["git", "check-ignore", *outs], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ignored.stdout.split() == outs


def test_the_training_stages_cannot_see_the_test_images() -> None:
    for stage in ("train_custom", "train_torch"):
        data = [dep for dep in PIPELINE["stages"][stage]["deps"] if dep.startswith("data/")]
        assert data == ["data/split/train", "data/split/val"]


@each_study
def test_a_study_declares_its_source_files(study: str) -> None:
    stage = STUDIES["stages"][study]
    module, *data_set = stage["cmd"].removeprefix("python -m ").split()
    assert study == "_".join([module.removeprefix("studies."), *data_set])
    assert source_files(stage["deps"]) == closure_of(module)


def test_a_study_of_a_data_set_reads_its_splits() -> None:
    folders = yaml.safe_load((ROOT / "studies/params.yaml").read_text(encoding="utf-8"))["datasets"]
    asked = {study: stage["cmd"].split()[3:] for study, stage in STUDIES["stages"].items()}
    named = {study: words[0] for study, words in asked.items() if words}
    assert set(named.values()) == {*folders} - {"mnist"}
    for study, data_set in named.items():
        data = [dep for dep in STUDIES["stages"][study]["deps"] if dep.startswith("data/")]
        assert data == [folders[data_set]]
        assert [
            next(iter(out)).rpartition("_")[2].partition(".")[0] for out in STUDIES["stages"][study]["outs"]
        ] == [data_set] * 3


@each_study
def test_a_study_declares_its_parameters(study: str) -> None:
    declared, script_of = STUDIES["stages"][study]["params"], STUDIES["stages"][study]["cmd"].split()[2][8:]
    own = [section for entry in declared if isinstance(entry, dict) for section in entry["studies/params.yaml"]]
    assert {entry for entry in declared if isinstance(entry, str)} == parameters_read(script(script_of, "studies"))
    assert set(own) == parameters_read(script(script_of, "studies"), "load_study_params")


def test_both_models_are_artifacts() -> None:
    outs = {name: artifact["path"] for name, artifact in PIPELINE["artifacts"].items()}
    assert outs == {"custom": "models/custom.safetensors", "torch": "models/torch.safetensors"}
