"""``make tune``: search for better parameters of a model, decided on the validation images alone."""

import stages  # noqa: F401  # puts the src/ of this checkout first
