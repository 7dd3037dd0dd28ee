"""``make .venv/.installed``: create the virtual environment, and say what is installed and how much is left.

It runs before anything is installed, with any Python from 3.11 on, so it imports the standard library only.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
"""PyTorch's own index: elsewhere the newest Linux build brings gigabytes of CUDA."""
PIP = "pip==26.3"
"""Those that come with older Pythons take half a minute more to find out what belongs together."""
TESTS = "site-packages/.*/tests/"
"""A fifth of all source code."""
LINES = 4
"""Progress lines without a terminal."""
NEW_LINE = "\n"
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
    """Do the four steps; return an exit code, pip's own if it failed."""
    start = time.monotonic()
    print(f"Step 1 of 4: create {environment} with Python {sys.version.split()[0]}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", *(["--clear"] if clear else []), environment], check=True)
    python = environment / "bin" / "python"
    pip = Pip(python, constraints)
    pip.quiet(PIP)  # without it, the one that is there will do
    print("Step 2 of 4: install PyTorch, from its CPU index if that can be reached", flush=True)
    code = pip.quiet("--no-deps", "--index-url", TORCH_INDEX, "--timeout", "5", "--retries", "0", "torch")
    if code:
        code = pip.install("torch")
    if code == 0:
        print("Step 3 of 4: install everything else", flush=True)
        with compiler(python, packages(environment)) as compiling:  # pip uses only one CPU
            code = pip.install("--editable", ".[dev]")
            if code:
                compiling.terminate()
    if code == 0:
        print("Step 4 of 4: compile it, on all CPUs", flush=True)
        compile_all(python, environment)
        print(f"Installed into {environment} in {time.monotonic() - start:.0f} s", flush=True)
    return code


def packages(environment: Path) -> list[Path]:
    """Return the folders and files of all packages that are there now, the smallest first."""
    there = (environment / "lib").glob("python*/site-packages/*")
    return sorted(there, key=lambda package: sum(1 for _ in package.rglob("*.py")))


def compile_all(python: Path, environment: Path) -> None:
    """Compile with a process for each CPU. `compileall -j` hands out file by file, which takes twice the time."""
    processes, some = os.cpu_count() or 1, packages(environment)
    for compiling in [compiler(python, some[place::processes]) for place in range(processes)]:
        compiling.wait()


def compiler(python: Path, some: Sequence[Path]) -> "subprocess.Popen[bytes]":
    """Start to compile packages, but for their tests.

    Some packages bring files that are no Python, or not of this version.
    """
    command = [str(python), "-m", "compileall", "-qq", "-x", TESTS, *map(str, some)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Pip:
    """pip in an environment, with pinned versions."""

    def __init__(self, python: Path, constraints: Path) -> None:
        self.command = [str(python), "-m", "pip", "install", "--no-compile", "--constraint", str(constraints)]
        self.variables = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_PROGRESS_BAR": "off"}
        self.pinned = constraints.read_text(encoding="utf-8").count("==")

    def quiet(self, *words: str) -> int:
        """Run ``pip install`` without a word; return its exit code."""
        done = subprocess.run(
            [*self.command, "--quiet", *words], env=self.variables, stderr=subprocess.DEVNULL, check=False
        )
        return done.returncode

    def install(self, *words: str) -> int:
        """Run ``pip install``; show how many of the pinned packages it has collected; return its exit code."""
        start, collected, shown, terminal = time.monotonic(), 0, 0, sys.stdout.isatty()
        with subprocess.Popen(
            [*self.command, *words], env=self.variables, stdout=subprocess.PIPE, text=True
        ) as pip:
            for line in pip.stdout or ():
                collected += line.startswith("Collecting ")
                text = f"  {collected} of about {self.pinned} packages fetched, {time.monotonic() - start:.0f} s"
                if terminal:
                    print(f"\r{text}", end="", flush=True)
                elif collected * LINES // self.pinned > shown:
                    shown = collected * LINES // self.pinned
                    print(text, flush=True)
                if line.startswith("Installing collected packages"):
                    print(
                        f"{NEW_LINE if terminal else ''}  fetched all {collected}; now unpacking them",
                        flush=True,
                    )
        return pip.returncode


if __name__ == "__main__":
    sys.exit(main())
