"""Splits, batches and pixels: what holds for any size."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.random import RandomState

from mnist_mlp.harness.params import SplitParams
from mnist_mlp.splits import held_out, split_rows
from mnist_mlp.training.batches import scale_pixels, shuffled_batches

SEEDS = st.integers(0, 2**32 - 1)
CLASS_COUNTS = st.lists(st.integers(6, 40), min_size=2, max_size=10)
# Up to so much, 2 rows of a class of 6 are left after the test rows are gone, and 1 row of it is in each split.
SHARES = st.floats(0.2, 0.4)


@settings(max_examples=50, deadline=None, database=None, derandomize=True)
@given(counts=CLASS_COUNTS, test_size=SHARES, val_size=SHARES, seed=SEEDS)
def test_a_split_is_a_partition_with_the_same_share_of_each_class(
    counts: list[int], test_size: float, val_size: float, seed: int
) -> None:
    labels = RandomState(0).permutation(np.repeat(np.arange(len(counts), dtype=np.uint8), counts))
    params = SplitParams(test_size=test_size, val_size=val_size, seed=seed)
    test, val = held_out(len(labels), params)
    assume(min(test, val) >= len(counts))

    rows = split_rows(labels, params)

    np.testing.assert_array_equal(np.sort(np.concatenate(list(rows.values()))), np.arange(len(labels)))
    assert (len(rows["test"]), len(rows["val"])) == (test, val)
    got = {name: np.bincount(labels[part], minlength=len(counts)) for name, part in rows.items()}
    # each cut takes its share of what it cuts, rounded up or down
    rest = np.array(counts) - got["test"]
    assert np.abs(got["test"] - np.array(counts) * test / len(labels)).max() < 1
    assert np.abs(got["val"] - rest * val / (len(labels) - test)).max() < 1


@settings(max_examples=50, deadline=None, database=None, derandomize=True)
@given(rows=st.integers(1, 300), batch_size=st.integers(1, 400), seed=SEEDS)
def test_every_epoch_has_every_sample_once(rows: int, batch_size: int, seed: int) -> None:
    stream = RandomState(seed)
    for _ in range(2):
        batches = list(shuffled_batches(rows, batch_size, stream))
        np.testing.assert_array_equal(np.sort(np.concatenate(batches)), np.arange(rows))
        assert [len(batch) for batch in batches[:-1]] == [batch_size] * (len(batches) - 1)
        assert 1 <= len(batches[-1]) <= batch_size


@settings(max_examples=25, deadline=None, database=None, derandomize=True)
@given(rows=st.integers(20, 300), seed=SEEDS)
def test_epochs_differ_in_their_order(rows: int, seed: int) -> None:
    stream = RandomState(seed)
    first, second = (np.concatenate(list(shuffled_batches(rows, 7, stream))) for _ in range(2))
    assert not np.array_equal(first, np.arange(rows))
    assert not np.array_equal(first, second)


@settings(max_examples=25, deadline=None, database=None, derandomize=True)
@given(rows=st.integers(1, 300), seed=SEEDS)
def test_the_order_does_not_depend_on_the_size_of_the_batches(rows: int, seed: int) -> None:
    orders = [np.concatenate(list(shuffled_batches(rows, size, RandomState(seed)))) for size in (1, 7, 400)]
    np.testing.assert_array_equal(orders[0], orders[1])
    np.testing.assert_array_equal(orders[0], orders[2])


@settings(max_examples=25, deadline=None, database=None, derandomize=True)
@given(
    images=st.lists(st.lists(st.integers(0, 255), min_size=3, max_size=3), min_size=1, max_size=5),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_pixels_are_scaled_to_the_range_from_minus_1_to_1(images: list[list[int]], dtype: str) -> None:
    grey = np.array(images, np.uint8)
    scaled = scale_pixels(grey, dtype)
    assert scaled.dtype == dtype
    assert -1 <= scaled.min() <= scaled.max() <= 1
    np.testing.assert_allclose(scaled, np.array(images) / 127.5 - 1, atol=2 * float(np.finfo(dtype).eps))
    assert grey.tolist() == images


@settings(max_examples=2, deadline=None, database=None, derandomize=True)
@given(dtype=st.sampled_from(["float32", "float64"]))
def test_the_ends_of_the_range_are_exact_and_all_grey_levels_differ(dtype: str) -> None:
    scaled = scale_pixels(np.arange(256, dtype=np.uint8)[None], dtype)[0]
    assert scaled[0] == -1
    assert scaled[255] == 1
    assert np.all(np.diff(scaled) > 0)
