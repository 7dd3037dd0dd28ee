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
# NumPy's own loops: they give the same bits with AVX2 and with all that is wider, if nobody takes these away
UNSET = {"NPY_DISABLE_CPU_FEATURES": "", "NPY_ENABLE_CPU_FEATURES": ""}
CHOICE, FREE = "MNIST_MLP_ARITHMETIC", "free"
"""Name and value of the variable that leaves the choice to the environment."""


def pin() -> None:
    """Set all of that, whatever the environment says, and note where it says otherwise.

    ``MNIST_MLP_ARITHMETIC=free`` in the environment lets the environment have its way: to measure what it changes.
    To be called before NumPy or PyTorch is imported.
    """
    for name, fixed in fixed_settings().items():
        os.environ.setdefault(name, fixed)
    others = other_settings()
    told = ", ".join(f"{name}={asked} (fixed: {fixed or 'unset'})" for name, asked, fixed in others)
    if told and os.environ.get(CHOICE) == FREE:
        print(f"note: other bits than the committed ones may come from {told}", file=sys.stderr)
    elif told:
        os.environ.update({name: fixed for name, _, fixed in others})
        print(f"note: left unused, for the same bits everywhere: {told}; {CHOICE}={FREE} uses it", file=sys.stderr)


def other_settings() -> list[tuple[str, str, str]]:
    """Return what the environment sets to other values than the fixed ones: name, value, and the fixed value."""
    found = ((name, os.environ.get(name, fixed), fixed) for name, fixed in fixed_settings().items())
    return [(name, value, fixed) for name, value, fixed in found if value != fixed]


def fixed_settings() -> dict[str, str]:
    """Return what is fixed on this CPU."""
    return THREADS | UNSET | (INSTRUCTIONS if has_avx2() else {})


def has_avx2(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Tell whether the CPU has AVX2; of an x86-64 one that does not say, assume it: nearly all have since 2013."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return False
    return not cpuinfo.exists() or "avx2" in cpuinfo.read_text(encoding="ascii", errors="replace").split()
