"""The sections of params.yaml, typed: the only reader of that file.

Every stage checks the whole file, so a mistake anywhere is reported before any work, and uses its own section.
"""

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from mnist_mlp.errors import InputError, one_line, shown
from mnist_mlp.plain_yaml import read_yaml

DATASET_ROWS = {"mnist": 70_000, "digits": 1_797}
MAX_SEED = 2**32 - 1
MOST_TOLD = 20
"""Mistakes in one file that are told one by one."""

PositiveInt = Annotated[int, Field(ge=1, le=1_000_000)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Fraction = Annotated[float, Field(gt=0, lt=1)]

WHOLE_NUMBER, NUMBER = "must be a whole number", "must be a finite number"
ALLOWED = {
    "greater_than": "must be > {gt:g}",
    "greater_than_equal": "must be >= {ge:g}",
    "less_than": "must be < {lt:g}",
    "less_than_equal": "must be <= {le:.10g}",
    "literal_error": "must be {expected}",
    "int_parsing": WHOLE_NUMBER,
    "int_type": WHOLE_NUMBER,
    "int_from_float": WHOLE_NUMBER,
    "int_parsing_size": "must be a number of fewer digits",
    "float_parsing": NUMBER,
    "float_type": NUMBER,
    "finite_number": NUMBER,
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "invalid_key": "must be a name",
    "model_type": "must be a section of `key: value` lines",
}
"""What is allowed, for each of pydantic's kinds of error that can come up here."""


class Section(BaseModel):
    """A section of params.yaml: no unknown keys, no changes after reading, no infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_bool(cls, value: object, info: ValidationInfo) -> object:
        # pydantic would read `epochs: true` as 1; strict mode would refuse lr=1e-5, which reaches us as a string
        if cls.model_fields[info.field_name or ""].annotation is bool:
            return value
        if any(isinstance(part, bool) for part in (value if isinstance(value, list) else [value])):
            raise PydanticCustomError("bool", "must be a number or a name, not true or false")
        return value


def nonsense(message: str) -> PydanticCustomError:
    """Return the error for values that do not go together."""
    return PydanticCustomError("nonsense", message)


class FetchParams(Section):
    """Where the images come from."""

    dataset: Literal["mnist", "digits"]


class SplitParams(Section):
    """How many rows are held out, and which. A size from 1 up is a count, one below 1 a share of all rows."""

    test_size: float = Field(gt=0)
    val_size: float = Field(gt=0)
    seed: Seed

    @field_validator("test_size", "val_size")
    @classmethod
    def _count_or_share(cls, size: float) -> float:
        if size > 1 and size != int(size):
            raise PydanticCustomError("size", "must be a whole number of rows or a share below 1")
        return size

    def counts(self, rows: int) -> tuple[int, int]:
        """Return the number of test and of validation rows out of ``rows``, shares rounded to whole rows."""
        test, val = (round(size * rows) if size < 1 else int(size) for size in (self.test_size, self.val_size))
        return test, val


class TrainParams(Section):
    """A network and its training, whichever engine carries it out."""

    hidden_sizes: tuple[PositiveInt, ...]
    activation: Literal["sigmoid", "tanh", "relu"]
    output_activation: Literal["sigmoid", "softmax"]
    loss: Literal["mse", "cross_entropy"]
    loss_reduction: Literal["batch_mean", "mean"]
    weight_init: Literal["normal", "uniform_fan_in", "xavier", "he"]
    init_std: float = Field(gt=0, le=1e38)
    optimizer: Literal["sgd", "adam"]
    lr: float = Field(gt=0, le=1e38)
    momentum: float = Field(ge=0, lt=1)
    nesterov: Annotated[bool, Field(strict=True)]
    weight_decay: float = Field(ge=0, le=1e38)
    beta1: float = Field(ge=0, lt=1)
    beta2: float = Field(ge=0, lt=1)
    eps: float = Field(ge=1e-37, le=1)
    epochs: PositiveInt
    batch_size: PositiveInt
    init_seed: Seed
    shuffle_seed: Seed
    dtype: Literal["float32", "float64"]
    device: Literal["cpu", "cuda"]

    @model_validator(mode="after")
    def _refuse_nonsense(self) -> Self:
        """Refuse values that are each allowed and make no sense together, rather than ignore one of them."""
        if self.loss == "cross_entropy" and self.output_activation != "softmax":
            raise nonsense(
                "loss: cross_entropy needs output_activation: softmax; sigmoids are no shares of a whole"
            )
        if self.optimizer == "adam" and (self.momentum or self.nesterov):
            raise nonsense(
                "momentum and nesterov are for optimizer: sgd; adam has beta1: set momentum: 0, nesterov: false"
            )
        if self.nesterov and not self.momentum:
            raise nonsense("nesterov: true needs a momentum above 0, such as momentum: 0.9")
        return self


class EvaluateParams(Section):
    """What the test results are compared with. The published figures are accuracies on MNIST."""

    published_custom: float = Field(ge=0, le=1)
    published_torch: float = Field(ge=0, le=1)
    confidence: Fraction


class PlotParams(Section):
    """How the figures are drawn."""

    digits_shown: Annotated[int, Field(ge=1, le=100)]
    dpi: Annotated[int, Field(ge=50, le=600)]


class Params(Section):
    """The whole of params.yaml, one section a stage."""

    fetch_mnist: FetchParams
    split: SplitParams
    train_custom: TrainParams
    train_torch: TrainParams
    evaluate: EvaluateParams
    plot: PlotParams


Sections = TypeVar("Sections", bound=Section)


def load_params(path: Path = Path("params.yaml")) -> Params:
    """Read and check params.yaml.

    Raises:
        InputError: one line for each key at fault: file, key, what is allowed, what was found.
    """
    params = read_sections(path, Params)
    _check_sections_together(path, params)
    return params


def read_sections(path: Path, sections: type[Sections]) -> Sections:
    """Read a YAML file of sections and check each of them.

    Raises:
        InputError: one line for each key at fault.
    """
    content = read_yaml(path)
    try:
        return sections.model_validate(content)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
        lines = [f"{path}: {_explain(error, sections)}" for error in errors[:MOST_TOLD]]
        if len(errors) > MOST_TOLD:
            lines.append(f"{path}: and {len(errors) - MOST_TOLD} mistakes more")
        raise InputError("\n".join(lines)) from None


def _check_sections_together(path: Path, params: Params) -> None:
    rows = DATASET_ROWS[params.fetch_mnist.dataset]
    train_rows = rows - sum(params.split.counts(rows))
    sizes = {name: getattr(params, name).batch_size for name in ("train_custom", "train_torch")}
    lines = [
        f"{path}: {name}.batch_size must be from 1 to {train_rows} (the rows to train on), got {size}"
        for name, size in sizes.items()
        if 0 < train_rows < size
    ]
    if train_rows < 1:
        test, val = params.split.test_size, params.split.val_size
        lines.append(
            f"{path}: split.test_size + split.val_size must be at most {rows - 1} of the {rows} rows of "
            f"{params.fetch_mnist.dataset}, got {test:g} + {val:g}; sizes below 1 are shares of all rows"
        )
    if params.train_custom.device != "cpu":
        lines.append(
            f"{path}: train_custom.device must be cpu, where NumPy computes, got {params.train_custom.device!r}"
        )
    if lines:
        raise InputError("\n".join(lines))


def _explain(error: ErrorDetails, sections: type[Section]) -> str:
    """Say which key is wrong, what is allowed and what was found."""
    key = one_line(
        "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    )
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "extra_forbidden":
        return f"{key} is not a parameter; {_suggest(error['loc'], sections)}"
    if error["type"] == "nonsense":
        return f"{key}: {error['msg']}"
    known = ALLOWED.get(error["type"])
    allowed = known.format(**error.get("ctx", {})) if known else error["msg"]
    return f"{key or 'the file'} {allowed}, got {shown(error['input'])}"


def _suggest(loc: tuple[int | str, ...], sections: type[Section]) -> str:
    """Name the known keys beside an unknown one, the likeliest first."""
    section: Any = sections
    for part in loc[:-1]:
        section = section.model_fields[part].annotation
    known = list(section.model_fields)
    close = difflib.get_close_matches(str(loc[-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
