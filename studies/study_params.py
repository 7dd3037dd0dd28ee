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
    scheduler: Annotated[str, Field(pattern=r"^(tcp|tls)://.+:[0-9]+$")]


class DatasetsParams(Section):
    """What the studies gap and next_steps run on: folders with train, val and test."""

    mnist: str
    fashion: str


class GapParams(Section):
    """How often ``gap`` repeats each combination of factors."""

    seeds: ManySeeds


class SeedsParams(Section):
    """How many seeds ``seeds`` tries with each model."""

    custom: ManySeeds
    torch: ManySeeds


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
    choosing_seeds: Annotated[int, Field(ge=1, le=10_000)]
    momentum: Annotated[float, Field(gt=0, lt=1)]
    weight_decay: Annotated[float, Field(gt=0, le=1e38)]
    hidden_sizes: tuple[PositiveInt, ...]
    learning_rates: LearningRates


class StudyParams(Section):
    """The whole of studies/params.yaml: one section per study, and where the runs are done."""

    runs: RunsParams
    datasets: DatasetsParams
    gap: GapParams
    seeds: SeedsParams
    next_steps: NextStepsParams


def load_study_params(path: Path = Path("studies/params.yaml")) -> StudyParams:
    """Read and check studies/params.yaml, as ``load_params`` does."""
    return read_sections(path, StudyParams)
