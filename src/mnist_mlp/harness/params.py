"""The sections of params.yaml, typed: the only reader of that file.

Every stage checks the whole file, so a mistake anywhere is reported before any work, and uses its own section.
Sections have no defaults: a default would be a value that DVC does not see.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, WithJsonSchema, field_validator, model_validator
from pydantic_core import PydanticCustomError

from mnist_mlp.harness.errors import shown
from mnist_mlp.harness.yaml_sections import PositiveInt, Section, incompatible, read_sections

MAX_SEED = 2**32 - 1
MOST_CLASSES = 256
"""A label is one byte."""
LONGEST_NAME = 40
"""Characters of the name of a class."""

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
CLASSES_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 2, "maximum": MOST_CLASSES},
        {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 2, "maxItems": MOST_CLASSES},
    ]
}


def wrong_classes(names: tuple[str, ...]) -> str:
    """Return what is wrong with names of classes, which stand in tables, figures and files; "" if nothing is."""
    if not 2 <= len(names) <= MOST_CLASSES:
        return f"2 to {MOST_CLASSES} names of classes, got {len(names)}"
    for name in names:
        if not (0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()):
            allowed = f"names of 1 to {LONGEST_NAME} characters on one line, without blanks around them"
            return f"{allowed}, got {shown(name)}"
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        return f"different names, got {shown(twice)} {names.count(twice)} times"
    return ""


class FetchParams(Section):
    """Where the images come from."""

    dataset: Literal["mnist", "fashion", "digits", "folder"]
    path: Annotated[str, Field(min_length=1)]
    classes: Annotated[tuple[str, ...], WithJsonSchema(CLASSES_SCHEMA)]

    @field_validator("classes", mode="before")
    @classmethod
    def _from_numbers(cls, classes: object) -> object:
        """Return names for a number of classes, and text for names that are numbers."""
        if isinstance(classes, int) and not isinstance(classes, bool):
            if not 2 <= classes <= MOST_CLASSES:
                raise PydanticCustomError("class_names", f"must be 2 to {MOST_CLASSES} classes, got {classes}")
            return tuple(map(str, range(classes)))
        if isinstance(classes, list):
            return tuple(str(name) if isinstance(name, int) else name for name in classes)
        return classes

    @field_validator("classes")
    @classmethod
    def _can_be_used(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := wrong_classes(classes):
            raise PydanticCustomError("class_names", "must be {wrong}", {"wrong": wrong})
        return classes


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
    dtype: Literal["exact", "float32", "float64"]
    device: Literal["cpu", "cuda"]

    @model_validator(mode="after")
    def _refuse_incompatible(self) -> Self:
        """Refuse combinations of allowed values that make no sense, rather than ignore one of them."""
        if self.loss == "cross_entropy" and self.output_activation != "softmax":
            raise incompatible(
                "loss: cross_entropy needs output_activation: softmax; sigmoid outputs do not sum to 1"
            )
        if self.optimizer == "adam" and (self.momentum or self.nesterov):
            raise incompatible("momentum and nesterov are for optimizer: sgd; set momentum: 0, nesterov: false")
        if self.nesterov and not self.momentum:
            raise incompatible("nesterov: true needs a momentum above 0, such as momentum: 0.9")
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
    """The whole of params.yaml, one section per stage."""

    fetch_mnist: FetchParams
    split: SplitParams
    train_custom: TrainParams
    train_torch: TrainParams
    evaluate: EvaluateParams
    plot: PlotParams

    @field_validator("train_custom")
    @classmethod
    def _on_the_cpu(cls, params: TrainParams) -> TrainParams:
        if params.device != "cpu":
            raise incompatible(f"device must be cpu, NumPy's only device, got {params.device}")
        return params


def load_params(path: Path = Path("params.yaml"), content: bytes | None = None) -> Params:
    """Read and check params.yaml, or ``content`` in its place; InputError has a line for each key at fault."""
    return read_sections(path, Params, content)
