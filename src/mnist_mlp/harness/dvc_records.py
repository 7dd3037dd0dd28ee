"""What dvc.yaml declares and dvc.lock records, compared with the files that are there.

DVC takes a file as unchanged if its size and time are, and a file in its cache as intact if it is read-only. And
it records parameters and dependencies only after a stage has run, whatever they were when the stage read them. So
a stage that DVC runs hashes what it depends on before it begins, and again at its end.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from mnist_mlp.harness.errors import REPAIR, InputError

MD5_DIGITS = 32
SOURCE = "src"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C, if PyYAML has it: a sixth of the time."""


class StageInputs:
    """The dependencies and parameters of a stage, as they are when this is made. Its checks raise InputError.

    Args:
        stage: its name as DVC passes it to the command it runs: ``name`` or ``path/to/dvc.yaml:name``.
    """

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.hashes = {path: md5(Path(path)) for path in _paths(stage, "deps") if Path(path).exists()}
        self.params = _params(stage)

    def check_undamaged(self) -> None:
        """Compare with what earlier stages wrote, as dvc.lock records it."""
        lock = Path("dvc.lock")
        recorded = recorded_hashes(lock.read_text(encoding="utf-8") if lock.exists() else "")
        if damaged := [path for path, now in self.hashes.items() if now != recorded.get(path, now)]:
            raise InputError(
                f"{', '.join(damaged)}: expected the bytes that dvc.lock records, got different ones "
                f"(damaged, or changed by hand); {REPAIR}"
            )

    def check_unchanged(self) -> None:
        """Compare with how things are now; if they differ, remove what the stage has written."""
        now = StageInputs(self.stage)
        changed = [path for path in self.hashes if now.hashes.get(path) != self.hashes[path]]
        changed += [name for name in self.params if now.params.get(name) != self.params[name]]
        if changed:
            for path in map(Path, _paths(self.stage, "outs", "metrics", "plots")):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            raise InputError(
                f"{', '.join(changed)}: expected no change while {self.stage} runs, got one; nothing is kept: "
                "run `dvc repro` again"
            )


def _params(stage: str) -> dict[str, object]:
    """Return the values of the parameters that a stage depends on, by ``file: name``."""
    names: dict[str, list[str]] = {}
    for entry in declared(stage).get("params", []):
        for file, keys in (entry if isinstance(entry, dict) else {"params.yaml": [str(entry)]}).items():
            names.setdefault(file, []).extend(keys)
    values: dict[str, object] = {}
    for file, keys in names.items():
        whole = _content(Path(file).read_text(encoding="utf-8", errors="replace") if Path(file).exists() else "")
        for key in keys:
            value = whole
            for part in key.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            values[f"{file}: {key}"] = value
    return values


def _paths(stage: str, *kinds: str) -> list[str]:
    entries = [entry for kind in kinds for entry in declared(stage).get(kind, [])]
    return [str(path) for entry in entries for path in (entry if isinstance(entry, dict) else [entry])]


def declared(stage: str) -> dict[str, Any]:
    """Return what dvc.yaml says of a stage."""
    file, _, name = stage.rpartition(":")
    whole: Any = _content(Path(file or "dvc.yaml").read_text(encoding="utf-8"))
    return dict(whole["stages"][name])


def recorded_hashes(lock: str, kind: str = "outs") -> dict[str, str]:
    """Return the MD5 of each output (or of each of ``deps``) by its path, from the text of a dvc.lock."""
    entries = [entry for stage in locked_stages(lock).values() for entry in stage.get(kind) or []]
    hashes = {str(entry.get("path")): str(entry.get("md5", ""))[:MD5_DIGITS] for entry in entries}
    return {path: md5 for path, md5 in hashes.items() if len(md5) == MD5_DIGITS}


def locked_stages(lock: str) -> dict[str, dict[str, Any]]:
    """Return the stages in the text of a dvc.lock by name: their ``cmd``, ``deps``, ``params`` and ``outs``."""
    whole = _content(lock)
    stages: Any = whole.get("stages") if isinstance(whole, dict) else None
    return stages if isinstance(stages, dict) else {}


def _content(text: str) -> object:
    """Return the content of YAML; None if it is not YAML."""
    try:
        return yaml.load(text, Loader=LOADER)  # noqa: S506  # both are safe
    except yaml.YAMLError:
        return None


def md5(path: Path) -> str:
    """Return the MD5 of a file or, for a folder, of DVC's list of its files and their hashes.

    Files that .dvcignore hides from DVC are left out: in folders of source, all but ``*.py``.
    """
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    pattern = "*.py" if path.parts[0] == SOURCE else "*"
    files = {file.relative_to(path).as_posix(): file for file in path.rglob(pattern) if file.is_file()}
    listed = [{"md5": md5(files[name]), "relpath": name} for name in sorted(files)]
    return hashlib.md5(json.dumps(listed).encode(), usedforsecurity=False).hexdigest()
