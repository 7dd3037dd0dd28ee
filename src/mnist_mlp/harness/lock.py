"""What dvc.lock records, and whether the files that a stage is about to read match it.

DVC takes a file as unchanged if its size and time are, and a file in its cache as intact if it is read-only. Other
damage goes unnoticed, so a stage that DVC runs hashes the data it depends on before it reads them.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

MD5_DIGITS = 32
SOURCE = "src"


def damaged_inputs(stage: str, lock: Path = Path("dvc.lock")) -> list[str]:
    """Return those dependencies of a stage whose bytes differ from those that an earlier stage wrote.

    Args:
        stage: its name as DVC passes it to the command it runs: ``name`` or ``path/to/dvc.yaml:name``.
        lock: where DVC records the hash of each output.
    """
    recorded = recorded_hashes(lock.read_text(encoding="utf-8") if lock.exists() else "")
    inputs = [path for path in dependencies(stage) if path in recorded and Path(path).exists()]
    return [path for path in inputs if md5(Path(path)) != recorded[path]]


def dependencies(stage: str) -> list[str]:
    """Return the paths that a stage depends on, relative to the folder in which DVC runs it."""
    return paths(declared(stage).get("deps", []))


def outputs(stage: str) -> list[str]:
    """Return the paths of all that a stage writes."""
    return [path for kind in ("outs", "metrics", "plots") for path in paths(declared(stage).get(kind, []))]


def declared(stage: str) -> dict[str, Any]:
    """Return what dvc.yaml says of a stage."""
    file, _, name = stage.rpartition(":")
    whole: Any = content(Path(file or "dvc.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = whole["stages"][name]
    return found


def paths(entries: list[Any]) -> list[str]:
    """Return the paths of outputs or dependencies, with or without options."""
    return [str(path) for entry in entries for path in (entry if isinstance(entry, dict) else [entry])]


def recorded_hashes(lock: str) -> dict[str, str]:
    """Return the recorded MD5 of each output, by its path, from the text of a dvc.lock."""
    return _hashes(lock, "outs")


def recorded_code(lock: str) -> dict[str, str]:
    """Return the recorded MD5 of each source file or folder, by its path: dependencies that no stage makes."""
    made = _hashes(lock, "outs")
    return {path: md5 for path, md5 in _hashes(lock, "deps").items() if path not in made}


def _hashes(lock: str, kind: str) -> dict[str, str]:
    entries = [entry for stage in locked_stages(lock).values() for entry in _dictionaries(stage.get(kind))]
    hashes = {str(entry.get("path")): str(entry.get("md5", ""))[:MD5_DIGITS] for entry in entries}
    return {path: md5 for path, md5 in hashes.items() if len(md5) == MD5_DIGITS}


def locked_stages(lock: str) -> dict[str, dict[str, Any]]:
    """Return the stages in the text of a dvc.lock by name: their ``cmd``, ``deps``, ``params`` and ``outs``.

    Incomplete entries are left out: another DVC process may be writing the file.
    """
    try:
        found = content(lock)
    except yaml.YAMLError:
        return {}
    stages = found.get("stages") if isinstance(found, dict) else None
    entries = stages.items() if isinstance(stages, dict) else ()
    return {name: stage for name, stage in entries if isinstance(stage, dict)}


def content(text: str) -> object:
    """Return the content of one of DVC's files. The parser in C, if PyYAML has it, takes a sixth of the time."""
    return yaml.load(text, Loader=yaml.CSafeLoader) if yaml.__with_libyaml__ else yaml.safe_load(text)


def _dictionaries(values: object) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


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
