"""One thread for each process, unless the environment asks for more.

With ``dtype: exact``, the number of threads changes no bit, only the speed: on a busy core, two threads of a
matrix product that wait for each other were ten times slower than one.
"""

import os

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def use_one_thread() -> None:
    """Set the numbers of threads that the environment leaves open. NumPy and PyTorch read them when imported."""
    for name in THREADS:
        os.environ.setdefault(name, "1")
