"""What the last digits depend on besides the parameters: threads and instruction sets, fixed for every x86-64 CPU.

A library that finds wider vectors adds the same numbers in another order and rounds differently. Fixed here is
what any x86-64 CPU with AVX2 can do, so that all of them write the same bytes. ARM agrees to rounding.
"""

import os

SETTINGS = {
    # one thread: how the work is shared out decides the order of the sums
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # NumPy's matrix products: AVX2 kernels
    "OPENBLAS_CORETYPE": "Haswell",
    # PyTorch's matrix products: the one mode of MKL's "conditional numerical reproducibility" that AMD has too
    "MKL_CBWR": "COMPATIBLE",
    # PyTorch's own loops: AVX2
    "ATEN_CPU_CAPABILITY": "avx2",
}


def pin() -> None:
    """Set what the environment does not say already. To be called before NumPy or PyTorch is imported."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
