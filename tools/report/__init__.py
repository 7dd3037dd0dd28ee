"""``make report BASE=main``: what the workspace changes against a revision, as Markdown and as one HTML page."""

import stages  # noqa: F401  # puts the src/ of this checkout first
