"""The sections of studies/params.yaml, typed: the only reader of that file."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from mnist_mlp.params import Section, read_sections


class GapParams(Section):
    """How often ``gap`` repeats each combination of factors."""

    seeds: Annotated[int, Field(ge=2, le=10_000)]


class SeedsParams(Section):
    """How many seeds ``seeds`` tries with each model."""

    custom: Annotated[int, Field(ge=2, le=10_000)]
    torch: Annotated[int, Field(ge=2, le=10_000)]


class StudyParams(Section):
    """The whole of studies/params.yaml, one section a study."""

    gap: GapParams
    seeds: SeedsParams


def load_study_params(path: Path = Path("studies/params.yaml")) -> StudyParams:
    """Read and check studies/params.yaml.

    Raises:
        InputError: one line for each key at fault: file, key, what is allowed, what was found.
    """
    return read_sections(path, StudyParams)
