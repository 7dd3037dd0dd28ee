"""``make report BASE=main``: what changed from a revision to the workspace, as Markdown and as one HTML page."""

import stages  # noqa: F401  # puts the src/ of this checkout first
