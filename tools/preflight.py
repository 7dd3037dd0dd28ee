"""``python -m tools.preflight``: what must hold before DVC starts, so that DVC does not fail with a traceback.

Each check raises an InputError of one line. ``make repro``, ``make verify`` and ``make report`` call all of
them, and so do targets of the Makefile that run a shell script.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import yaml

import stages  # noqa: F401  # this copy's src first on the path
from mnist_mlp.harness.dvc_records import locked_stages, paths
from mnist_mlp.harness.errors import InputError, one_line
from mnist_mlp.harness.run import run_stage

LOCK = "dvc.lock"
FILES = tuple(Path(folder, name) for folder in (".", "studies") for name in ("dvc.yaml", LOCK, "params.yaml"))
"""What DVC reads before it runs a stage: one broken file stops all stages."""
MARKS = ("<<<<<<< ", "||||||| ", ">>>>>>> ")
"""How lines begin that Git writes into a file that it could not merge."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, if PyYAML has it: ten times faster."""
RWLOCK = Path(".dvc/tmp/rwlock")
"""Where DVC notes which process reads and writes which output. DVC does not write it atomically."""
BUSY = (
    f"{RWLOCK}: expected JSON, got a broken file, and DVC still runs in this folder (process {{}}); "
    "wait until it has ended, or stop it, and try again"
)
TOOLS = ("tools.repro", "tools.verify")
"""Programs of this repository that run DVC in their own process."""


def preflight() -> None:
    """Run all checks.

    Raises:
        InputError: one of them failed.
    """
    check_folder(Path.cwd())
    for path in FILES:
        check_yaml(path)
    check_links(Path("dvc.yaml"))
    remove_broken_rwlock()


def check_folder(folder: Path) -> None:
    """Refuse a folder whose path has braces: DVC uses paths as patterns of ``str.format``."""
    if set("{}") & set(str(folder)):
        raise InputError(
            f"{folder}: expected a path without braces, got one that has them; DVC cannot work in such a folder: "
            "move the repository to another folder"
        )


def check_yaml(path: Path) -> None:
    """Refuse a file with marks of an unfinished merge, one that is not YAML, and a dvc.lock that is cut short."""
    content = path.read_bytes() if path.exists() else b""
    for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
        if line.startswith(MARKS):
            raise InputError(
                f"{path}, line {number}: expected YAML, got a conflict mark of Git ({one_line(line)}); "
                f"finish the merge, or take the committed file: git checkout HEAD -- {path}"
            )
    try:
        node = yaml.compose(content, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else f"{path}"
        what = getattr(error, "problem", None) or str(error)
        raise InputError(
            f"{where}: expected YAML, got: {one_line(what)}; correct it, or take the committed file: "
            f"git checkout HEAD -- {path}"
        ) from None
    if path.name == LOCK and path.exists() and not is_whole(node):
        raise InputError(
            f"{path}: expected a schema and stages, got a file that is empty or cut short, as DVC leaves "
            f"it if it is killed while it writes; take the committed file: git checkout HEAD -- {path}"
        )


def is_whole(lock: yaml.Node | None) -> bool:
    """Return whether DVC takes the top of a dvc.lock as valid: a schema, and stages that are mappings."""
    top = entries(lock)
    schema, locked = top.get("schema"), entries(top.get("stages"))
    return bool(schema and schema.value) and all(isinstance(stage, yaml.MappingNode) for stage in locked.values())


def entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """Return what a mapping contains; nothing for another node."""
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def check_links(pipeline: Path) -> None:
    """Refuse outputs in a folder that is a link: DVC takes them as outside of the repository."""
    for stage in locked_stages(pipeline.read_text(encoding="utf-8")).values():
        for path in declared_outputs(stage):
            for folder in [folder for folder in path.parents if folder.is_symlink()]:
                raise InputError(
                    f"{folder}: expected a folder, got a link to {folder.resolve()}, where DVC does not write; "
                    "make it a folder, and put DVC's cache on the other disk instead: dvc cache dir --local "
                    "/other/disk/cache, dvc config --local cache.type symlink"
                )


def declared_outputs(stage: dict[str, Any]) -> list[Path]:
    """Return the paths of all that a stage in a dvc.yaml writes."""
    return [Path(path) for kind in ("outs", "metrics", "plots") for path in paths(stage.get(kind, []))]


def remove_broken_rwlock() -> None:
    """Remove DVC's notes on running processes if a process was killed while it wrote them.

    DVC itself removes entries of processes that are gone, but refuses a file that is empty or cut short.

    Raises:
        InputError: the notes are broken, and a DVC process that may need them is still running.
    """
    if not is_broken(RWLOCK):
        return
    from dvc.lock import LockError, make_lock  # noqa: PLC0415  # slow, and rarely needed

    try:
        with make_lock(f"{RWLOCK}.lock", tmp_dir=RWLOCK.parent):  # DVC holds it while it writes
            if not is_broken(RWLOCK):
                return
            running = running_dvc()
            if running:
                raise InputError(BUSY.format(", ".join(map(str, running))))
            RWLOCK.unlink()
    except LockError:
        raise InputError(BUSY.format("number unknown")) from None
    print(f"note: removed {RWLOCK}, which a killed DVC process left half-written", file=sys.stderr, flush=True)


def is_broken(path: Path) -> bool:
    """Return whether DVC's notes exist and are not what DVC writes: ``{"read": {...}, "write": {...}}``."""
    try:
        notes = json.loads(path.read_bytes())
    except FileNotFoundError:
        return False
    except ValueError:
        return True
    return not (isinstance(notes, dict) and all(isinstance(entries, dict) for entries in notes.values()))


def running_dvc() -> list[int]:
    """Return the other processes that run DVC in this folder, without those that this process descends from."""
    here = psutil.Process()
    own = {here.pid, *(parent.pid for parent in here.parents())}
    found = []
    for process in psutil.process_iter(["pid", "cwd", "cmdline"]):
        known = process.info
        names = {Path(word).name for word in (known["cmdline"] or [])[:3]}
        if known["pid"] not in own and known["cwd"] == str(Path.cwd()) and names & {"dvc", *TOOLS}:
            found.append(known["pid"])
    return found


def check_git() -> None:
    """Refuse a read-only ``.git``: experiments, and a ``dvc repro`` that changes dvc.lock, write into it."""
    found = subprocess.run(["git", "rev-parse", "--absolute-git-dir"], capture_output=True, text=True, check=False)
    folder = Path(found.stdout.strip())
    if found.returncode == 0 and not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(
            f"{folder}: expected a folder that can be written to, got one that is read-only; DVC records results "
            "in it: change its permissions, or clone the repository to another place"
        )


if __name__ == "__main__":
    run_stage(preflight)
