"""``make .venv/.installed``: create the virtual environment, and say what is installed.

Python compiles each module when it is first imported: most of them never are.
It runs before anything is installed, with any Python from 3.11 on, so it imports the standard library only.
"""

import argparse
import ast
import subprocess
import sys
import time
from pathlib import Path

TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
"""PyTorch's own index: elsewhere the newest Linux build brings gigabytes of CUDA."""
UV = "uv==0.13.9"
"""It fetches and unpacks many packages at once."""
SECTIONS = "global", "install", ":env:"
"""Of pip's configuration. A later one has priority."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def main() -> int:
    """Install; return an exit code: pip's own if it failed, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("environment", type=Path, help="folder of the virtual environment, made if missing")
    parser.add_argument("constraints", type=Path, help="file with the pinned versions")
    parser.add_argument("--clear", action="store_true", help="delete what is in that folder first")
    asked = parser.parse_args()
    try:
        return install(asked.environment, asked.constraints, asked.clear)
    except KeyboardInterrupt:
        print("\nerror: interrupted; the same make command starts the installation again", file=sys.stderr)
        return INTERRUPTED


def install(environment: Path, constraints: Path, clear: bool) -> int:
    """Do the three steps; return an exit code, pip's own if it failed."""
    start = time.monotonic()
    print(f"Step 1 of 3: create {environment} with Python {sys.version.split()[0]}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", *(["--clear"] if clear else []), environment], check=True)
    installer = Installer(environment, constraints)
    print("Step 2 of 3: install PyTorch, from its CPU index if that can be reached", flush=True)
    its_index = ["--index-url", TORCH_INDEX, "--timeout", "5", "--retries", "0"]
    code = installer.pip("--no-deps", "torch", *its_index, errors=False) and installer.pip("--no-deps", "torch")
    if code == 0:
        print("Step 3 of 3: install everything else", flush=True)
        code = installer.pip(UV, errors=False) or installer.uv("--editable", ".[dev]")
        if code:
            print("note: uv did not install them, pip does, which takes minutes", flush=True)
            code = installer.pip("--editable", ".[dev]")
    if code == 0:
        print(f"Installed into {environment} in {time.monotonic() - start:.0f} s", flush=True)
    return code


class Installer:
    """pip and uv in an environment, with pinned versions."""

    def __init__(self, environment: Path, constraints: Path) -> None:
        self.python, self.uv_there = str(environment / "bin/python"), str(environment / "bin/uv")
        self.words = ["--constraint", str(constraints)]
        if not sys.stdout.isatty():  # both draw their progress in a terminal
            self.words.append("--quiet")

    def pip(self, *words: str, errors: bool = True) -> int:
        """Run ``pip install``, without its errors if asked; return its exit code."""
        command = [self.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
        silent = None if errors else subprocess.DEVNULL
        return subprocess.run([*command, *self.words, *words], stderr=silent, check=False).returncode

    def uv(self, *words: str) -> int:
        """Run ``uv pip install`` where pip would look; return its exit code."""
        command = [self.uv_there, "pip", "install", "--python", self.python, *self.words, *words]
        as_pip_does = ["--system-certs", "--index-strategy", "unsafe-best-match", *self.indexes()]
        return subprocess.run([*command, *as_pip_does], check=False).returncode

    def indexes(self) -> list[str]:
        """Return where pip is configured to look for packages, as options of uv, which does not read that."""
        asked = [self.python, "-m", "pip", "config", "list"]
        listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        values = dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
        found = {
            option: ast.literal_eval(values[f"{section}.{option}"]).split()
            for section in SECTIONS
            for option in ("index-url", "extra-index-url", "find-links")
            if f"{section}.{option}" in values
        }
        return [word for option, places in found.items() for place in places for word in (f"--{option}", place)]


if __name__ == "__main__":
    sys.exit(main())
