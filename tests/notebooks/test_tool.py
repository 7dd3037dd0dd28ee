"""``make notebook``: what it makes of a script's cells, and how it ends where one cannot run."""

import shutil
from base64 import b64decode
from pathlib import Path

import pytest

from mnist_mlp.harness.errors import InputError
from tests.support.factory import ROOT
from tests.support.warm import programs
from tools.notebook import execute, pictures, to_text

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
DRAW = f"import base64\n\nfrom IPython.display import Image\n\nImage(base64.b64decode('{PIXEL}'))"


def script(folder: Path, *cells: str) -> Path:
    path = folder / "script.py"
    path.write_text("\n\n".join(f"# %%{cell}" for cell in cells) + "\n", encoding="utf-8")
    return path


def test_a_script_gives_the_same_notebook_each_time(tmp_path: Path) -> None:
    # printed in two pieces, which the kernel may send as one or as two
    source = script(
        tmp_path,
        " [markdown]\n# # Title",
        "\nimport time\n\nprint('a', flush=True)\ntime.sleep(0.5)\nprint('b', flush=True)",
        f' picture="pixel.png"\n{DRAW}',
    )
    notebook = execute(source)
    assert to_text(notebook) == to_text(execute(source))
    title, code, drawing = notebook.cells
    assert (title.cell_type, title.source, title.id) == ("markdown", "# Title", "cell-00")
    assert [output.text for output in code.outputs] == ["a\nb\n"]
    assert drawing.id == "cell-02"
    assert pictures(notebook) == {"pixel.png": b64decode(PIXEL)}


def test_cells_run_in_the_folder_of_the_script_without_the_users_start_up_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "home" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "first.py").write_text("started = True\n", encoding="utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "home"))
    source = script(tmp_path, "\nfrom pathlib import Path\n\nprint(Path.cwd().name, 'started' in globals())")
    assert execute(source).cells[0].outputs[0].text == f"{tmp_path.name} False\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("assert 1 == 2, 'one is not two'", "script.py: AssertionError: one is not two"),
        ("raise SystemExit('give me data')", "give me data"),
        ("import warnings\n\nwarnings.warn('old')", "script.py: expected nothing on stderr, got: .*Warning: old"),
    ],
)
def test_a_cell_that_fails_or_warns_is_an_error(tmp_path: Path, code: str, message: str) -> None:
    with pytest.raises(InputError, match=f"(?s)^(.*/)?{message}"):
        execute(script(tmp_path, f"\n{code}"))


@pytest.mark.slow
def test_without_the_pipelines_data_there_is_one_message_and_no_notebook(tmp_path: Path) -> None:
    for folder in ("notebooks", "src", "stages", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.ipynb", "__pycache__"))
    done = programs.run(tmp_path, "python", "-m", "tools.notebook")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: ../data/split/train/images.npy: no such file; `dvc repro` makes it",
        "The pipeline has not run yet: run `make repro` at the root of the checkout",
    ]
    assert done.stdout == ""
    assert not list(tmp_path.glob("notebooks/*.ipynb"))
