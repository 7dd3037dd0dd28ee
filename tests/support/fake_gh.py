"""GitHub's command line, for tests: it records how it was called and does nothing."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = """#!/usr/bin/env python3
import json, os, sys
from pathlib import Path

arguments = sys.argv[1:]
body = Path(arguments[arguments.index("--body-file") + 1]).read_text(encoding="utf-8")
environment = {{name: value for name, value in os.environ.items() if name.startswith("GH_")}}
with open({record!r}, "a") as record:
    print(json.dumps({{"arguments": arguments, "body": body, "environment": environment}}), file=record)
"""


@dataclass(frozen=True)
class FakeGh:
    """Where the script is, and what it recorded."""

    folder: Path

    @property
    def record(self) -> Path:
        return self.folder / "calls.jsonl"

    def path(self) -> dict[str, str]:
        """Return the PATH on which ``gh`` is the fake one."""
        return {"PATH": os.pathsep.join([str(self.folder), str(Path(sys.executable).parent), os.environ["PATH"]])}

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls so far: arguments, the text of the file given, and the variables named GH_*."""
        return [json.loads(line) for line in self.record.read_text(encoding="utf-8").splitlines()]


def install_fake_gh(folder: Path) -> FakeGh:
    """Write the script ``gh`` into a new folder."""
    folder.mkdir(parents=True)
    fake = FakeGh(folder)
    script = folder / "gh"
    script.write_text(SCRIPT.format(record=str(fake.record)), encoding="utf-8")
    script.chmod(0o755)
    return fake
