"""The sections of studies/params.yaml, typed: the only reader of that file."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mnist_mlp.harness.yaml_sections import PositiveInt, Section, read_sections

ManySeeds = Annotated[int, Field(ge=2, le=10_000)]
"""At least two, since one seed gives no spread."""
Rates = Annotated[tuple[Annotated[float, Field(gt=0, le=1e38)], ...], Field(min_length=1)]


class RunsParams(Section):
    """Where the runs of a study are done. No result depends on it, so no stage lists it."""

    backend: Literal["loky", "dask"]
    """loky: one process per core of this machine. dask: the workers of a cluster. The results are the same."""
    scheduler: Annotated[str, Field(pattern=r"^(tcp|tls)://.+:[0-9]+$")]
    """Address of the cluster's scheduler, tcp://host:port or tls://host:port. Unused by loky."""


class DatasetsParams(Section):
    """What the studies gap and next_steps run on: folders with train, val and test."""

    mnist: str
    """MNIST, split by the pipeline."""
    fashion: str
    """Fashion-MNIST, split by the stage split_fashion of studies/dvc.yaml."""


class GapParams(Section):
    """How often ``gap`` repeats each combination of factors."""

    seeds: ManySeeds
    """Number of seeds of the initial weights for each of the eight combinations, 2 or more: 0, 1, ..."""


class SeedsParams(Section):
    """How many seeds ``seeds`` tries with each model."""

    custom: ManySeeds
    """Number of seeds of the initial weights of the custom model, 2 or more: 0, 1, ..."""
    torch: ManySeeds
    """Number of seeds of the initial weights of the PyTorch model, 2 or more: 0, 1, ..."""


class LearningRates(Section):
    """For each rung, the candidates, each above 0; the best accuracy on the validation images decides."""

    learning_rate: Rates
    equal_reduction: Rates
    relu_cross_entropy: Rates
    momentum: Rates
    weight_decay: Rates
    adam: Rates
    two_hidden_layers: Rates


class NextStepsParams(Section):
    """The ladder of ``next_steps``: what its rungs change, and how often each is run."""

    seeds: ManySeeds
    """Number of seeds of the initial weights with which each rung is measured, 2 or more: 0, 1, ..."""
    choosing_seeds: Annotated[int, Field(ge=1, le=10_000)]
    """Number of further seeds with which each rung's learning rate is chosen, 1 or more: the next ones."""
    momentum: Annotated[float, Field(gt=0, lt=1)]
    """Momentum of the rung of that name, above 0 and below 1."""
    weight_decay: Annotated[float, Field(gt=0, le=1e38)]
    """L2 penalty from the rung of that name on, above 0."""
    hidden_sizes: tuple[PositiveInt, ...]
    """Units of each hidden layer on the last rung, each 1 or more."""
    learning_rates: LearningRates
    """For each rung, the candidates; the best accuracy on the validation images decides."""


class StudyParams(Section):
    """The whole of studies/params.yaml: one section per study, and where the runs are done."""

    runs: RunsParams
    datasets: DatasetsParams
    gap: GapParams
    seeds: SeedsParams
    next_steps: NextStepsParams


def load_study_params(path: Path = Path("studies/params.yaml")) -> StudyParams:
    """Read and check studies/params.yaml.

    Raises:
        InputError: one line for each key at fault: file, key, what is allowed, what was found.
    """
    return read_sections(path, StudyParams)
