"""The oldest versions that are tested are the oldest that are allowed."""

import re
import tomllib

from tests.support.factory import ROOT

NOT_IN_THE_TESTS = ("audit", "bench")
LOWEST = re.compile(r"([\w-]+)(?:\[.*\])?>=([\w.]+)")


def constraints(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text("utf-8").lower().splitlines()
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))


def test_floors_are_the_lowest_allowed_versions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [lines for name, lines in project["optional-dependencies"].items() if name not in NOT_IN_THE_TESTS]
    found = [LOWEST.fullmatch(line) for lines in [project["dependencies"], *extras] for line in lines]
    allowed = {match[1].lower(): match[2] for match in found if match and match[1] != "torch"}
    floors = constraints("constraints-floors.txt")
    assert len(allowed) > 30
    for name, lowest in allowed.items():
        assert re.fullmatch(rf"{re.escape(lowest)}(\.\d+)*", floors[name]), f"{name}: {floors[name]}, not {lowest}"


def test_torch_is_the_pinned_one() -> None:
    assert constraints("constraints-floors.txt")["torch"] == constraints("constraints.txt")["torch"]
