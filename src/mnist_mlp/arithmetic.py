"""What the last digits depend on besides the parameters: threads and instruction sets, fixed for every x86-64 CPU.

A library that finds wider vectors adds the same numbers in another order and rounds differently. Fixed here is
what any x86-64 CPU with AVX2 can do, so that all of them write the same bytes. Other CPUs (ARM) agree to rounding.
"""

import os
import platform
import sys
from pathlib import Path

# one thread: how the work is shared out decides the order of the sums
THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
INSTRUCTIONS = {
    # NumPy's matrix products: AVX2 kernels
    "OPENBLAS_CORETYPE": "Haswell",
    # PyTorch's matrix products: the one mode of MKL's "conditional numerical reproducibility" that AMD has too
    "MKL_CBWR": "COMPATIBLE",
    # PyTorch's own loops: AVX2
    "ATEN_CPU_CAPABILITY": "avx2",
}


def pin() -> None:
    """Set what the environment does not say already, and note where it says otherwise.

    To be called before NumPy or PyTorch is imported.
    """
    settings = THREADS | INSTRUCTIONS if has_avx2() else THREADS
    for name, value in settings.items():
        if os.environ.setdefault(name, value) != value:
            print(f"note: {name}={os.environ[name]} is set; the committed bits come from {value}", file=sys.stderr)


def has_avx2(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Tell whether the CPU has AVX2; of an x86-64 one that does not say, assume it: nearly all have since 2013."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return False
    return not cpuinfo.exists() or "avx2" in cpuinfo.read_text(encoding="ascii", errors="replace").split()
