"""The files that a stage is about to read, compared with what DVC recorded of them.

DVC takes a file for unchanged by its size and time, and one in its cache by its mode alone: damage that leaves
them as they were goes unnoticed. So a stage that DVC runs hashes the data it depends on, before it reads them.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

MD5_DIGITS = 32


def damaged_inputs(stage: str, lock: Path = Path("dvc.lock")) -> list[str]:
    """Return those dependencies of a stage that hold other bytes than the stage that wrote them left.

    Args:
        stage: its name as DVC gives it to the command it runs: ``name`` or ``path/to/dvc.yaml:name``.
        lock: where DVC records the hash of each output.
    """
    recorded = recorded_hashes(lock.read_text(encoding="utf-8") if lock.exists() else "")
    inputs = [path for path in dependencies(stage) if path in recorded and Path(path).exists()]
    return [path for path in inputs if md5(Path(path)) != recorded[path]]


def dependencies(stage: str) -> list[str]:
    """Return the paths that a stage depends on. DVC runs it where they are relative to."""
    file, _, name = stage.rpartition(":")
    stages = yaml.safe_load(Path(file or "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    dependencies: list[str] = stages[name]["deps"]
    return dependencies


def recorded_hashes(lock: str) -> dict[str, str]:
    """Return the recorded MD5 of each output, by its path, from the text of a dvc.lock."""
    outs = [out for stage in locked_stages(lock).values() for out in _dictionaries(stage.get("outs"))]
    hashes = {str(out.get("path")): str(out.get("md5", ""))[:MD5_DIGITS] for out in outs}
    return {path: md5 for path, md5 in hashes.items() if len(md5) == MD5_DIGITS}


def locked_stages(lock: str) -> dict[str, dict[str, Any]]:
    """Return the stages in the text of a dvc.lock by name: their ``cmd``, ``deps``, ``params`` and ``outs``.

    Another DVC may be writing the file just now: what is cut off is left out.
    """
    try:
        content = yaml.safe_load(lock)
    except yaml.YAMLError:
        return {}
    stages = content.get("stages") if isinstance(content, dict) else None
    found = stages.items() if isinstance(stages, dict) else ()
    return {name: stage for name, stage in found if isinstance(stage, dict)}


def _dictionaries(values: object) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def md5(path: Path) -> str:
    """Return the MD5 of a file or, of a folder, that of DVC's list of its files and their hashes."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    files = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
    listed = [{"md5": md5(files[name]), "relpath": name} for name in sorted(files)]
    return hashlib.md5(json.dumps(listed).encode(), usedforsecurity=False).hexdigest()
