"""Where the images come from. An edit here re-runs ``fetch_mnist``."""
