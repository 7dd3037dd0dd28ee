"""The messages that calls end with when they refuse their input."""

from collections.abc import Callable

import pytest

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.harness.errors import InputError, NoSourceError
from mnist_mlp.sources import mnist
from mnist_mlp.sources.datasets import ORIGINALS


def refusal(call: Callable[..., object], *arguments: object, **named: object) -> str:
    """Return the message of the InputError that a call raises."""
    with pytest.raises(InputError) as caught:
        call(*arguments, **named)
    return str(caught.value)


def sources_refusal(*candidates: mnist.Source) -> NoSourceError:
    """Return the error that ``fetch_mnist`` raises because it takes none of the sources."""
    with pytest.raises(NoSourceError) as caught:
        mnist.fetch_original(ORIGINALS["mnist"], iter(candidates))
    return caught.value


def source_refusal(get: Callable[[], Dataset]) -> str:
    """Return the reason that ``fetch_mnist`` reports for not taking the only source."""
    line = str(sources_refusal(("the source", get))).splitlines()[1]
    assert line.startswith("  the source: ")
    return line.removeprefix("  the source: ")
