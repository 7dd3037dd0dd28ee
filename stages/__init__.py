"""Stage scripts, run as ``python -m stages.NAME`` from the root of the repository.

DVC runs experiments in copies of the repository: the code must come from the copy this file is in, whatever
package is installed.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from mnist_mlp.harness.run import explain_at_import

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Read when NumPy and PyTorch are imported. More than one thread changes no bit of ``dtype: exact``, but on a busy
core, two threads of a matrix product that wait for each other were ten times slower than one."""
for name in THREADS:
    os.environ.setdefault(name, "1")
# matplotlib refuses to be imported with a notebook's backend where the package of that is missing
os.environ["MPLBACKEND"] = "agg"
sys.excepthook = explain_at_import
