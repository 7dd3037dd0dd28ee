"""``install.py ENVIRONMENT CONSTRAINTS [--clear]``: create a virtual environment, and say what is installed.

It runs before anything is installed, with any Python, so it imports the standard library only.
"""

import ast
import os
import re
import subprocess
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 14):  # it is whatever `python3` is
    sys.exit(f"error: expected Python 3.11 to 3.14, got {sys.version.split()[0]}; try make PYTHON=python3.12")

TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
"""PyTorch's own index: elsewhere the newest Linux build brings gigabytes of CUDA."""
UV = "uv==0.13.9"
"""It fetches and unpacks many packages at once."""
ELSEWHERE = {"PIP_USER": "0", "PIP_TARGET": "", "PIP_PREFIX": "", "PIP_ROOT": ""}
"""Switches off what a user may have set for pip to install elsewhere than into the environment."""
SECTIONS = ["global", "install", ":env:"]  # of pip's configuration; a later one has priority


def install(environment: str, constraints: str, *clear: str) -> int:
    """Create and fill the environment; return an exit code, pip's own if it failed."""
    python = f"{environment}/bin/python"
    quiet = [] if sys.stdout.isatty() else ["--quiet"]  # both draw their progress in a terminal
    pinned = ["--constraint", constraints, *quiet]
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", *pinned]
    uv = [f"{environment}/bin/uv", "pip", "install", "--python", python, "--system-certs", *pinned]
    print(f"Step 1 of 3: create {environment} with Python {sys.version.split()[0]}", flush=True)
    if code := _run(sys.executable, "-m", "venv", *clear, environment):
        print(
            f"error: expected Python to make {environment}, got its message above; if that names ensurepip or "
            "python3-venv, install it (Debian, Ubuntu: sudo apt install python3-venv), else free what it names",
            file=sys.stderr,
        )
        return code
    print("Step 2 of 3: install PyTorch, from its CPU index if that can be reached", flush=True)
    torch = [*pip, "--no-deps", "torch"]
    its_index = ["--index-url", TORCH_INDEX, "--timeout", "5", "--retries", "0"]
    if _run(*torch, *its_index, errors=False) and (code := _run(*torch)):
        return code
    print("Step 3 of 3: install everything else", flush=True)
    if _run(*pip, UV, errors=False) == 0 and _run(*uv, *_indexes(python), "--editable", ".[dev]") == 0:
        return 0
    print("note: uv did not install them, pip does, which takes minutes", flush=True)
    return _run(*pip, "--editable", ".[dev]")


def _run(*command: str, errors: bool = True) -> int:
    stderr = None if errors else subprocess.DEVNULL
    return subprocess.run(command, stderr=stderr, env=os.environ | ELSEWHERE, check=False).returncode


def _indexes(python: str) -> list[str]:
    """Return where pip is configured to look for packages, as options of uv, which does not read that."""
    command = [python, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.findall(r"^(.*)\.((?:extra-)?index-url|find-links)=(.*)$", listed, re.MULTILINE)
    values = {option: text for name in SECTIONS for section, option, text in found if section == name}
    places = [(option, place) for option, text in values.items() for place in ast.literal_eval(text).split()]
    return ["--index-strategy=unsafe-best-match", *(f"--{option}={place}" for option, place in places)]


if __name__ == "__main__":
    try:
        sys.exit(install(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nerror: interrupted; the same make command starts the installation again")
