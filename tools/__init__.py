"""Helpers of the Makefile. Like the stages, they import the code of this copy of the repository."""

import stages  # noqa: F401  # it puts src/ first, and reports Ctrl-C in one line
