"""``--help`` and unknown words start no work in any program of tools/ and benchmarks/."""

import pytest

from tests.support.factory import ROOT
from tests.support.repository import Repository

FOUND = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for folder in ("tools", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
}
PASSES_WORDS_ON = {"tools.experiments"}
"""To ``dvc exp show``, which refuses those that it does not know."""


def test_programs_are_found() -> None:
    assert sorted(FOUND) == sorted(
        {
            *(
                f"tools.{name}"
                for name in ("bits", "compare", "documents", "experiments", "hashes", "install", "notebook")
            ),
            *(f"tools.{name}" for name in ("page", "predict", "preflight", "report", "repro", "schema")),
            *(f"tools.{name}" for name in ("sum_order", "verify")),
            *("benchmarks", "benchmarks.one", "benchmarks.parallel_runs"),
        }
    )


@pytest.mark.parametrize("program", sorted(FOUND))
def test_help_is_printed_and_nothing_started(repository: Repository, program: str) -> None:
    done = repository.run("python", "-m", program, "--help")
    name = "install.py" if program == "tools.install" else f"python -m {program}"
    assert done.stdout.startswith(f"usage: {name} ")
    assert repository.git("status", "--porcelain") == ""


@pytest.mark.parametrize("program", sorted(FOUND))
def test_unknown_words_are_refused(repository: Repository, program: str) -> None:
    done = repository.run("python", "-m", program, "--no-such-option", check=False)
    assert done.returncode in ({255, 254} if program in PASSES_WORDS_ON else {2})
    assert "no-such-option" in done.stdout or "required" in done.stdout
    assert "Traceback" not in done.stdout
    assert repository.git("status", "--porcelain") == ""
