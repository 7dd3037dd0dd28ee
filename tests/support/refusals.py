"""The messages that calls end with when they refuse their input."""

from collections.abc import Callable

import pytest

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.harness.errors import InputError
from mnist_mlp.sources import mnist
from mnist_mlp.sources.datasets import ORIGINALS


def refusal(call: Callable[..., object], *arguments: object, **named: object) -> str:
    """Return the message of the InputError that a call raises."""
    with pytest.raises(InputError) as caught:
        call(*arguments, **named)
    return str(caught.value)


def sources_refusal(*candidates: mnist.Source, name: str = "mnist") -> str:
    """Return the message of ``fetch_mnist`` if it can use none of the sources of a data set."""
    return refusal(mnist.fetch_original, ORIGINALS[name], iter(candidates))


def source_refusal(get: Callable[[], Dataset]) -> str:
    """Return the reason that ``fetch_mnist`` reports for not using the only source."""
    line = sources_refusal(("the source", get)).splitlines()[1]
    assert line.startswith("  the source: ")
    return line.removeprefix("  the source: ")
