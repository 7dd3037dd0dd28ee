"""What the last digits depend on besides the parameters: threads and instruction sets, pinned on every x86-64 CPU.

A library that finds wider vectors adds the same numbers in another order and rounds differently. Pinned here is
what any x86-64 CPU with AVX2 can do, so that all of them write the same bytes. Other CPUs (ARM) agree to rounding.
"""

import os
import platform
import sys
from pathlib import Path

# one thread: how the work is divided decides the order of the sums
THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
INSTRUCTIONS = {
    # NumPy's matrix products: AVX2 kernels
    "OPENBLAS_CORETYPE": "Haswell",
    # PyTorch's matrix products: the one mode of MKL's "conditional numerical reproducibility" that AMD has too
    "MKL_CBWR": "COMPATIBLE",
    # PyTorch's own loops: AVX2
    "ATEN_CPU_CAPABILITY": "avx2",
}
# NumPy's own loops: these give the same bits on AVX2 and anything wider, unless features are disabled
UNSET = {"NPY_DISABLE_CPU_FEATURES": "", "NPY_ENABLE_CPU_FEATURES": ""}
CHOICE, FREE = "MNIST_MLP_ARITHMETIC", "free"
"""Name and value of the variable that leaves the choice to the environment."""


def pin() -> None:
    """Pin these variables, overriding the environment, and print a note if it differed.

    ``MNIST_MLP_ARITHMETIC=free`` keeps the environment's values: to measure what they change.
    Call it before NumPy or PyTorch is imported; if one is already (by a sitecustomize), a note says so.
    """
    late = [name for name, fixed in fixed_settings().items() if os.environ.get(name, "") != fixed]
    loaded = loaded_libraries() if late else []
    if loaded:
        print(
            f"note: {' and '.join(loaded)} was imported before {', '.join(late)} could be pinned; "
            "the bits may differ from the committed ones",
            file=sys.stderr,
        )
    for name, fixed in fixed_settings().items():
        os.environ.setdefault(name, fixed)
    others = other_settings()
    listed = ", ".join(f"{name}={asked} (pinned: {fixed or 'unset'})" for name, asked, fixed in others)
    if listed and os.environ.get(CHOICE) == FREE:
        print(f"note: the bits may differ from the committed ones because of {listed}", file=sys.stderr)
    elif listed:
        os.environ.update({name: fixed for name, _, fixed in others})
        if not loaded:
            print(
                f"note: ignored, for the same bits everywhere: {listed}; {CHOICE}={FREE} uses it", file=sys.stderr
            )


def loaded_libraries() -> list[str]:
    """Return those libraries that have read their settings already."""
    return [name for name in ("numpy", "torch") if name in sys.modules]


def other_settings() -> list[tuple[str, str, str]]:
    """Return name, value and pinned value of each variable that the environment sets differently."""
    found = ((name, os.environ.get(name, fixed), fixed) for name, fixed in fixed_settings().items())
    return [(name, value, fixed) for name, value, fixed in found if value != fixed]


def fixed_settings() -> dict[str, str]:
    """Return what is pinned on this CPU."""
    return THREADS | UNSET | (INSTRUCTIONS if has_avx2() else {})


def has_avx2(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether the CPU has AVX2; assume it for an x86-64 CPU that does not say, as nearly all have it."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return False
    return not cpuinfo.exists() or "avx2" in cpuinfo.read_text(encoding="ascii", errors="replace").split()
