"""Helpers of the Makefile. As for every stage, the code is that of this copy of the repository."""

import stages  # noqa: F401  # it puts src/ first, and reports Ctrl-C in one line
