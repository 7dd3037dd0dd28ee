"""The models that are compared: the one list from which all tables and figures take the names.

A *model* is trained weights, ``models/NAME.safetensors``; an *engine* is the code that computes with them. To add
a model, add an entry here, a stage ``train_NAME`` and a section of params.yaml: see docs/template.md.
"""

from typing import NamedTuple


class Model(NamedTuple):
    """A model, and how it looks in figures."""

    name: str
    """In file names, metrics and tables."""
    engine: str
    """Name of the code that computes its outputs: a key of ``engines.ENGINES``."""
    label: str
    colour: str
    marker: str


# Colours of Okabe and Ito's palette, safe for colour-blind readers; markers tell models apart without colour.
MODELS = (
    Model("custom", engine="custom", label="custom", colour="#0072b2", marker="o"),
    Model("torch", engine="torch", label="torch", colour="#d55e00", marker="s"),
)
NAMES = tuple(model.name for model in MODELS)
BY_NAME = dict(zip(NAMES, MODELS, strict=True))
PUBLISHED = NAMES[0], NAMES[1]
"""The two models of the published comparison: ``comparison.*`` in metrics/evaluate.json."""
