"""The committed notebook has the cells of its source. `make check-notebook` compares its outputs."""

from pathlib import Path

import nbformat
import pytest

from tests.support.factory import ROOT
from tools.notebook import METADATA, pictures, read_source, to_text

SOURCE = ROOT / "notebooks" / "walkthrough.py"
COMMITTED = SOURCE.with_suffix(".ipynb")


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    read: nbformat.NotebookNode = nbformat.read(COMMITTED, as_version=4)
    return read


def test_it_has_the_cells_of_its_source(notebook: nbformat.NotebookNode) -> None:
    committed, source = (
        [(cell.id, cell.cell_type, cell.metadata, cell.source) for cell in one.cells]
        for one in (notebook, read_source(SOURCE))
    )
    assert len(source) > 20
    assert committed == source


def test_it_is_valid_and_contains_nothing_about_the_machine(notebook: nbformat.NotebookNode) -> None:
    nbformat.validate(notebook)
    assert notebook.metadata == METADATA
    text = COMMITTED.read_text(encoding="utf-8")
    assert text == to_text(notebook)
    for trace in (str(ROOT), f"{Path.home()}/", "site-packages", "iopub", "Software"):
        assert trace not in text


def test_its_cells_have_run_in_order(notebook: nbformat.NotebookNode) -> None:
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_its_pictures_have_text_alternatives(notebook: nbformat.NotebookNode) -> None:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    alternatives = [one.metadata["image/png"]["alt"] for one in outputs if "image/png" in one.get("data", {})]
    assert len(alternatives) == 7
    assert all(len(text.split()) > 10 for text in alternatives)


def test_the_readme_shows_its_picture(notebook: nbformat.NotebookNode) -> None:
    ((name, png),) = pictures(notebook).items()
    assert SOURCE.with_name(name).read_bytes() == png
    assert f"(notebooks/{name})" in (ROOT / "README.md").read_text(encoding="utf-8")
