"""Many runs, each done once and kept, so that an interrupted study resumes where it stopped.

A finished run is a small JSON file in ``studies/.runs``, named by a hash of everything that its result depends on:
engine, parameters, data, source code and libraries. The same run is later read from that file.
"""

import io
import json
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import joblib
import pandas as pd
from joblib.externals.loky.process_executor import TerminatedWorkerError
from pydantic import TypeAdapter, ValidationError
from tqdm import tqdm

from mnist_mlp.core.files import save_json
from mnist_mlp.harness.errors import InputError
from studies.running.runs import Diverged, Outcome, Run, do_run, version
from studies.study_params import RunsParams, load_study_params

KEPT = Path("studies/.runs")
OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)
PROGRESS = "{percentage:3.0f}%|{bar:20}| {n_fmt} of {total_fmt} runs done, {remaining} left"


def run_table(runs: list[Run], varied: list[str]) -> pd.DataFrame:
    """Do the runs, none of which may diverge; return a row for each: engine, ``varied`` parameters, accuracies."""
    outcomes = try_runs(runs, load_study_params().runs, stop_at_divergence=True)
    return pd.DataFrame(
        {"engine": run.engine}
        | {name: getattr(run.params, name) for name in varied}
        | {name: getattr(outcome, name) for name in ("val_accuracy", "test_accuracy")}
        for run, outcome in zip(runs, outcomes, strict=True)
    )


def try_runs(runs: list[Run], where: RunsParams, stop_at_divergence: bool = False) -> list[Outcome]:
    """Return the outcome of each run, in order; do the runs that are not kept yet, equal ones once.

    Args:
        runs: the trainings. One that diverges is kept like any other.
        where: the processes or the cluster that train. The results do not depend on it.
        stop_at_divergence: whether the first training that diverged is an error.

    Raises:
        InputError: the data are missing, a worker or the cluster was lost, or the file of a finished run is
            damaged. Finished runs are kept.
    """
    versions = {data: version(data) for data in {run.data for run in runs}}
    files = {run: KEPT / f"{run.key(versions[run.data])}.json" for run in runs}
    without = {file for file in files.values() if file.exists() and is_without_images(file)}
    if without:
        about = "kept runs do not say which images they got right, so they are done again"
        print(f"note: {len(without)} {about}", file=sys.stderr)
    todo = {run: file for run, file in files.items() if file in without or not file.exists()}
    tasks = [(str(file), run, versions[run.data]) for run, file in todo.items()]
    if tasks:
        for file, outcome in _with_progress(do_runs(tasks, where), len(files), len(files) - len(tasks)):
            save_json(Path(file), asdict(outcome))
            if stop_at_divergence and isinstance(outcome, Diverged):
                raise InputError(outcome.diverged)
    outcomes = {run: kept_result(file) for run, file in files.items()}
    diverged = [outcome.diverged for outcome in outcomes.values() if isinstance(outcome, Diverged)]
    if stop_at_divergence and diverged:  # kept by a command that went on
        raise InputError(diverged[0])
    return [outcomes[run] for run in runs]


def do_runs(tasks: list[tuple[str, Run, str]], where: RunsParams) -> Iterator[tuple[str, Outcome]]:
    """Yield key and outcome of each task as soon as it is finished."""
    if where.backend == "loky":
        with this_machine():
            # batches of one: each result returns as soon as its run is finished
            parallel = joblib.Parallel(n_jobs=-1, batch_size=1, return_as="generator_unordered")
            yield from parallel(joblib.delayed(do_run)(*task) for task in tasks)
        return
    try:
        from studies.running.cluster import on_cluster  # noqa: PLC0415  # Dask is an optional extra
    except ImportError as error:
        raise InputError(
            f"runs.backend: expected Dask to be installed, got: {error}; "
            "run pip install '.[cluster]', or set runs.backend: loky"
        ) from None
    yield from on_cluster(tasks, where.scheduler)


@contextmanager
def this_machine() -> Iterator[None]:
    """Let joblib use one process per core, with one BLAS thread each; InputError if one of them is killed."""
    # Ctrl-C goes to every process; only the parent should report it, so workers ignore it, and the warnings of
    # joblib and loky about unfinished tasks and leftover resources are silenced
    os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker:UserWarning")
    warnings.filterwarnings("ignore", r"\d+ tasks which were still being processed", UserWarning)
    deaf = {"initializer": signal.signal, "initargs": (signal.SIGINT, signal.SIG_IGN)}
    try:
        with joblib.parallel_config(backend="loky", inner_max_num_threads=1, **deaf):
            yield
    except TerminatedWorkerError:
        raise InputError(
            "a worker process was killed, perhaps because memory ran out; finished runs are kept; "
            "start the study again, if necessary with fewer processes: LOKY_MAX_CPU_COUNT=1"
        ) from None


def _with_progress(
    outcomes: Iterator[tuple[str, Outcome]], total: int, done: int
) -> Iterator[tuple[str, Outcome]]:
    """Pass the outcomes on; show a bar on a terminal, elsewhere one line for each tenth of the runs."""
    on_terminal = sys.stderr.isatty()
    stream = sys.stderr if on_terminal else io.StringIO()
    with tqdm(total=total, initial=done, file=stream, bar_format=PROGRESS) as bar:
        for finished, outcome in enumerate(outcomes, done + 1):
            yield outcome
            bar.update()
            if not on_terminal and finished % max(1, total // 10) == 0:
                print(str(bar), file=sys.stderr, flush=True)


def is_without_images(path: Path) -> bool:
    """Return whether a finished run has accuracies only, as all had once."""
    try:
        return set(json.loads(path.read_bytes())) == {"val_accuracy", "test_accuracy"}
    except (ValueError, TypeError):
        return False  # damaged, as its reader will say


def kept_result(path: Path) -> Outcome:
    """Read the file of a finished run: what the network gets right, or the message of a training that diverged."""
    try:
        return OUTCOME.validate_json(path.read_bytes(), strict=True)
    except ValidationError:
        raise InputError(
            f"{path}: expected accuracies from 0 to 1 and the images that are right, got something else; delete "
            "it and start the study again"
        ) from None
