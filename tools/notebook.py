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

from mnist_mlp.core.files import save_text, write_atomically
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.run import run_program

SOURCE = Path("notebooks/walkthrough.py")
METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def main() -> None:
    """Run all cells; then write the .ipynb file, and the PNG of each cell whose metadata name a picture."""
    notebook = execute(SOURCE)
    for cell in notebook.cells:
        if name := cell.metadata.get("picture"):
            png = b64decode(cell.outputs[-1].data["image/png"])
            write_atomically(SOURCE.with_name(name), partial(Path.write_bytes, data=png))
    save_text(SOURCE.with_suffix(".ipynb"), f"{nbformat.writes(notebook)}\n")


def execute(source: Path) -> NotebookNode:
    """Run the cells of a script in a new kernel, in its folder; return them with their outputs."""
    notebook: NotebookNode = jupytext.read(source, fmt="py:percent")
    notebook.update(nbformat=4, nbformat_minor=5)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02}"  # jupytext's are random
    with TemporaryDirectory() as scratch:
        sockets = Config(KernelManager={"transport": "ipc", "ip": f"{scratch}/kernel"})  # none on the network
        client = NotebookClient(
            notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(source.parent)}},
            record_timing=False, coalesce_streams=True, config=sockets,
        )  # fmt: skip
        try:
            client.execute(env={**os.environ, "IPYTHONDIR": scratch})  # without the user's start-up files
        except CellExecutionError as error:
            # a cell that exits on purpose has printed the whole message
            message = error.evalue if error.ename == "SystemExit" else f"{source}: {error.ename}: {error.evalue}"
            raise InputError(message) from None
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    # warnings name the paths and versions of one machine
    if warnings := "".join(output.text for output in outputs if output.get("name") == "stderr"):
        raise InputError(f"{source}: expected nothing on stderr, got: {warnings.strip()}")
    notebook.metadata = METADATA | {"language_info": {"name": "python"}}  # without the versions of this machine
    return notebook


if __name__ == "__main__":
    run_program(main)
