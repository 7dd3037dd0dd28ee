"""JAX in its fastest form here: one compiled scan over the batches of an epoch, shuffling included."""

import jax
import jax.numpy as jnp

from benchmarks.contestants import BATCH, HIDDEN, LR, Train, scaled
from mnist_mlp.core.arrays import Dataset

Weights = dict[str, jax.Array]
MOST_EPOCHS = 1_000


def scan(dataset: Dataset, dtype: str) -> Train:
    """Return epochs that are one compiled call each."""
    jax.config.update("jax_enable_x64", dtype == "float64")
    split, classes = scaled(dataset, dtype), len(dataset.classes)
    images, targets = jnp.asarray(split.images), jnp.asarray(split.targets)
    key = jax.random.key(10)
    weights = {
        "weight_1": 0.1 * jax.random.normal(key, (images.shape[1], HIDDEN)),
        "bias_1": jnp.zeros(HIDDEN),
        "weight_2": 0.1 * jax.random.normal(key, (HIDDEN, classes)),
        "bias_2": jnp.zeros(classes),
    }
    full = len(images) // BATCH * BATCH

    def epoch(weights: Weights, key: jax.Array) -> Weights:
        order = jax.random.permutation(key, len(images))[:full].reshape(-1, BATCH)

        def step(weights: Weights, rows: jax.Array) -> tuple[Weights, None]:
            grads = jax.grad(loss)(weights, images[rows], targets[rows])
            return jax.tree.map(lambda weight, grad: weight - LR * grad, weights, grads), None

        last: Weights
        last, _ = jax.lax.scan(step, weights, order)
        return last

    compiled = jax.jit(epoch)
    keys = iter(jax.random.split(key, MOST_EPOCHS))

    def train() -> None:
        weights.update(compiled(weights, next(keys)))
        jax.block_until_ready(weights)

    return train


def loss(weights: Weights, images: jax.Array, targets: jax.Array) -> jax.Array:
    """Return the squared error of a batch, summed over classes."""
    hidden = jax.nn.sigmoid(images @ weights["weight_1"] + weights["bias_1"])
    outputs = jax.nn.sigmoid(hidden @ weights["weight_2"] + weights["bias_2"])
    return jnp.mean(jnp.sum((outputs - targets) ** 2, axis=1))
