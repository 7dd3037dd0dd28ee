"""``make notebook``: execute notebooks/walkthrough.py into walkthrough.ipynb, the same bytes each time."""

import os
from base64 import b64decode
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from traitlets.config import Config

import stages  # noqa: F401  # one thread, for the kernel too, which inherits the environment
from mnist_mlp.core.files import write_atomically
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.run import run_stage

SOURCE = Path("notebooks/walkthrough.py")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""Metadata of the notebook file, without the versions of the machine that made it."""


def main() -> None:
    """Run all cells; then write the .ipynb file and the pictures that its cells name."""
    notebook = execute(SOURCE)
    target = SOURCE.with_suffix(".ipynb")
    contents = pictures(notebook) | {target.name: to_text(notebook).encode()}
    for name, content in contents.items():
        write_atomically(SOURCE.with_name(name), partial(Path.write_bytes, data=content))
    print(f"notebook: {target}, {len(notebook.cells)} cells")


def read_source(path: Path) -> NotebookNode:
    """Read a script in jupytext's percent format as a notebook without outputs."""
    notebook: NotebookNode = jupytext.read(path, fmt="py:percent")
    notebook.update(metadata=METADATA, nbformat=4, nbformat_minor=5)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02}"  # jupytext's are random
    return notebook


def execute(source: Path) -> NotebookNode:
    """Run all cells in a new kernel, in the folder of ``source``; return them with their outputs.

    Raises:
        InputError: a cell failed, or wrote to stderr: warnings name the paths and versions of one machine.
    """
    notebook = read_source(source)
    with TemporaryDirectory() as scratch:
        # sockets in a folder, not on the network; an empty profile instead of the user's start-up files
        kernel = Config(KernelManager={"transport": "ipc", "ip": f"{scratch}/kernel"})
        environment = {**os.environ, "IPYTHONDIR": scratch}
        client = NotebookClient(
            notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(source.parent)}},
            record_timing=False, coalesce_streams=True, config=kernel,
        )  # fmt: skip
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            # a cell that exits on purpose has printed the whole message
            message = error.evalue if error.ename == "SystemExit" else f"{source}: {error.ename}: {error.evalue}"
            raise InputError(message) from None
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise InputError(f"{source}: expected nothing on stderr, got: {output.text.strip()}")
    notebook.metadata = METADATA
    return notebook


def pictures(notebook: NotebookNode) -> dict[str, bytes]:
    """Return the PNG of each cell whose metadata name a file for it, as ``picture``."""
    return {
        cell.metadata.picture: b64decode(cell.outputs[-1].data["image/png"])
        for cell in notebook.cells
        if "picture" in cell.metadata
    }


def to_text(notebook: NotebookNode) -> str:
    """Return the content of the .ipynb file."""
    return f"{nbformat.writes(notebook)}\n"


if __name__ == "__main__":
    run_stage(main)
