"""``make compare``: is B really better than A? Both train with the same seeds; the pairs are compared."""

import stages  # noqa: F401  # puts the src/ of this checkout first
