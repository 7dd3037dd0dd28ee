"""What a running stage depends on, compared with how it was when the stage began.

DVC records parameters and dependencies after a stage has run. If they changed meanwhile (a ``git checkout`` in
another terminal), it would record the result of the old ones under the new ones. So a stage checks before it moves
a file into place, and at its end.
"""

import shutil
from pathlib import Path

import yaml

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.lock import declared, dependencies, md5, outputs, recorded_hashes

Stat = tuple[tuple[str, int, int], ...]
"""Name, size and time of a file, or of each file in a folder."""


class ChangedError(InputError):
    """Something that the stage depends on changed while it ran."""


class Watch:
    """The parameters and dependencies of a stage, as they were when this was made.

    Args:
        stage: its name as DVC passes it to the command it runs; empty if DVC does not run it.
        lock: where DVC records the hash of each output.
    """

    def __init__(self, stage: str = "", lock: Path = Path("dvc.lock")) -> None:
        self.stage = stage
        recorded = recorded_hashes(lock.read_text(encoding="utf-8")) if stage and lock.exists() else {}
        existing = [path for path in (dependencies(stage) if stage else []) if Path(path).exists()]
        self.hashes = {path: recorded.get(path) or md5(Path(path)) for path in existing}
        self.stats = {path: stat(Path(path)) for path in existing}
        self.params = {file: (text(file), names) for file, names in (params_of(stage) if stage else {}).items()}

    def check(self) -> None:
        """Compare with how things are now.

        Raises:
            ChangedError: parameters of the stage or files that it depends on differ.
        """
        changed = [path for path in self.hashes if stat(Path(path)) != self.stats[path] and self._differs(path)]
        changed += [
            f"{file}: {name}"
            for file, (before, names) in self.params.items()
            if (now := text(file)) != before
            for name in names
            if value(now, name) != value(before, name)
        ]
        if changed:
            raise ChangedError(
                f"{', '.join(changed)}: expected no change while {self.stage} runs, got one; nothing is kept: "
                "run `dvc repro` again"
            )

    def _differs(self, path: str) -> bool:
        return not Path(path).exists() or md5(Path(path)) != self.hashes[path]

    def remove_outputs(self) -> None:
        """Remove the files that the stage has written so far. DVC removed the earlier ones before it ran it."""
        for path in map(Path, outputs(self.stage)):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def params_of(stage: str) -> dict[str, list[str]]:
    """Return the names of the parameters that a stage depends on, by file."""
    found: dict[str, list[str]] = {"params.yaml": []}
    for entry in declared(stage).get("params", []):
        if isinstance(entry, dict):
            found |= {str(file): list(map(str, names)) for file, names in entry.items()}
        else:
            found["params.yaml"].append(str(entry))
    return found


def text(file: str) -> str:
    """Return what a file holds; nothing if it does not exist."""
    path = Path(file)
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def value(content: str, name: str) -> object:
    """Return the value of ``section`` or ``section.key`` in the text of a YAML file; None if it has none."""
    try:
        found: object = yaml.safe_load(content)
    except yaml.YAMLError:
        return None
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def stat(path: Path) -> Stat:
    """Return names, sizes and times, by which an unchanged file or folder is recognised without reading it."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    existing = ((file, file.stat()) for file in files if file.is_file())
    return tuple((file.name, found.st_size, found.st_mtime_ns) for file, found in existing)


_current = [Watch()]


def begin(stage: str) -> None:
    """Watch the dependencies of a stage from now on; of none if ``stage`` is empty."""
    _current[0] = Watch(stage)


def current() -> Watch:
    """Return the watch of this process."""
    return _current[0]
