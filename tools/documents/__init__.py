"""Documents that a script fills in: templates beside this file, and figures for them from committed files."""

import stages  # noqa: F401  # puts the src/ of this checkout first
