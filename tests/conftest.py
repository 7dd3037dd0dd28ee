"""Fixes the arithmetic before anything imports NumPy or PyTorch, as every stage does."""

import stages  # noqa: F401  # it also puts the src/ of this checkout in front of any installed copy
