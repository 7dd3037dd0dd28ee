"""``make notebook``: what it makes of a script's cells, and how it ends where one cannot run."""

from base64 import b64decode
from pathlib import Path

import nbformat
import pytest

from mnist_mlp.harness.errors import InputError
from tools import notebook as tool
from tools.notebook import execute

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
CELLS = f"""\
# %% [markdown]
# # Title

# %%
import time
from pathlib import Path

print(Path.cwd().name, "started" in globals(), flush=True)
time.sleep(0.5)  # the kernel may send both as one piece or as two
print("b", flush=True)

# %% picture="pixel.png"
import base64
from IPython.display import Image

Image(base64.b64decode("{PIXEL}"))
"""


def script(folder: Path, cells: str) -> Path:
    path = folder / "script.py"
    path.write_text(cells, encoding="utf-8")
    return path


def test_a_script_gives_the_same_notebook_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    startup = tmp_path / "home/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "first.py").write_text("started = True\n", encoding="utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "home"))
    monkeypatch.setattr(tool, "SOURCE", script(tmp_path, CELLS))
    written = []
    for _ in range(2):
        tool.main()
        written.append((tmp_path / "script.ipynb").read_bytes())
    assert written[0] == written[1]
    title, code, drawing = nbformat.reads(written[0].decode(), as_version=4).cells
    assert (title.cell_type, title.source, title.id) == ("markdown", "# Title", "cell-00")
    assert [output.text for output in code.outputs] == [f"{tmp_path.name} False\nb\n"]
    assert drawing.id == "cell-02"
    assert (tmp_path / "pixel.png").read_bytes() == b64decode(PIXEL)


MESSAGES = {
    "assert 1 == 2, 'one is not two'": "script.py: AssertionError: one is not two",
    "raise SystemExit('give me data')": "give me data",
    "import warnings\n\nwarnings.warn('old')": "script.py: expected nothing on stderr, got: .*Warning: old",
}


@pytest.mark.parametrize("code", MESSAGES)
def test_a_cell_that_fails_or_warns_is_an_error(tmp_path: Path, code: str) -> None:
    with pytest.raises(InputError, match=f"(?s)^(.*/)?{MESSAGES[code]}"):
        execute(script(tmp_path, f"# %%\n{code}\n"))
