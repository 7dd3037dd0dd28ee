"""Means over seeds with confidence intervals."""

import pandas as pd
from scipy.stats import t as students_t

CONFIDENCE = 0.95


def mean_interval(values: "pd.Series[float]") -> tuple[float, float, float]:
    """Return the mean and the ends of its 95 % interval, by Student's t distribution; needs two values or more."""
    mean, count = float(values.mean()), len(values)
    half = float(students_t.ppf((1 + CONFIDENCE) / 2, count - 1)) * float(values.std()) / count**0.5
    return mean, mean - half, mean + half
