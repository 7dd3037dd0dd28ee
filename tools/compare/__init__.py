"""``mnist-mlp compare``: is B better than A? Both train with the same seeds; the pairs are compared."""
