"""Many runs, each done once and kept, so that an interrupted study resumes where it stopped.

A finished run is a small JSON file in ``studies/.runs``, named by a hash of everything that its result depends on:
engine, parameters, data, source code and libraries. The same run is later read from that file.
"""

import hashlib
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from mnist_mlp.core.files import save_json
from mnist_mlp.harness.errors import InputError
from studies.running.backends import finished_runs
from studies.running.runs import Diverged, DivergedError, Result, Run, version
from studies.running.runs_progress import RunsProgress
from studies.study_params import RunsParams, load_study_params

KEPT = Path("studies/.runs")
RESULT: TypeAdapter[Result | Diverged] = TypeAdapter(Result | Diverged)


def run_table(runs: list[Run], varied: list[str]) -> pd.DataFrame:
    """Do the runs; return one row for each: ``engine``, the parameters named in ``varied``, and the accuracies."""
    results = do_runs(runs, load_study_params().runs)
    return pd.DataFrame(
        {"engine": run.engine, **{name: getattr(run.params, name) for name in varied}, **asdict(result)}
        for run, result in zip(runs, results, strict=True)
    )


def do_runs(runs: list[Run], where: RunsParams) -> list[Result]:
    """Return the result of each run, in order; do the runs that are not kept yet.

    Args:
        runs: the trainings. Equal ones are done once.
        where: the processes or the cluster that train. The results do not depend on it.

    Raises:
        InputError: the data are missing, a training diverged, the cluster was lost, or the file of a finished run
            is damaged. Finished runs are kept.
    """
    results = finish(runs, where)
    diverged = [result for result in results if isinstance(result, Diverged)]
    if diverged:  # another command tried the same run, and kept that
        raise DivergedError(diverged[0].diverged)
    return [result for result in results if isinstance(result, Result)]


def try_runs(runs: list[Run], where: RunsParams) -> list[Result | Diverged]:
    """Return the same as ``do_runs``, but with each training that diverged in its place; that is kept as well.

    Raises:
        InputError: as ``do_runs``, but for trainings that diverged.
    """
    return finish(runs, where, attempt=True)


def finish(runs: list[Run], where: RunsParams, attempt: bool = False) -> list[Result | Diverged]:
    """Do the runs that are not kept yet, and return the results of all."""
    now = {data: version(data) for data in {run.data for run in runs}}
    keys = [run_key(run, now[run.data]) for run in runs]
    waiting = {key: run for key, run in zip(keys, runs, strict=True) if not kept_file(key).exists()}
    if waiting:
        total = len(set(keys))
        progress = RunsProgress(total, done=total - len(waiting))
        for key, result in finished_runs(waiting, now, where, progress, attempt):
            save_json(kept_file(key), asdict(result))
    return [kept_result(kept_file(key)) for key in keys]


def kept_result(path: Path) -> Result | Diverged:
    """Read the file of a finished run.

    Raises:
        InputError: it does not hold exactly two accuracies from 0 to 1.
    """
    try:
        return RESULT.validate_json(path.read_bytes(), strict=True)
    except ValidationError:
        raise InputError(
            f"{path}: expected two accuracies from 0 to 1, got something else; delete it and start the study again"
        ) from None


def run_key(run: Run, version: str) -> str:
    """Return the name under which a run is kept: a hash of everything that its result depends on."""
    return hashlib.sha256(f"{run.identity()} {version}".encode()).hexdigest()[:32]


def kept_file(key: str) -> Path:
    """Return the file of a finished run, whether it exists or not."""
    return KEPT / f"{key}.json"
