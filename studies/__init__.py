"""Questions that need many training runs. Run from the root of the repository, after ``make repro``."""

import stages  # noqa: F401  # this copy's src first on the path, one thread
