"""Fixes the arithmetic before anything imports NumPy or PyTorch, as every stage does."""

import stages  # noqa: F401  # first: it puts the src/ of this checkout in front of any installed copy
from mnist_mlp.arithmetic import pin

pin()
