"""Stage scripts, run as ``python -m stages.NAME`` from the root of the repository.

DVC runs experiments in copies of the repository: the code must come from the copy this file is in, whatever
package is installed.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from mnist_mlp.core.threads import use_one_thread
from mnist_mlp.harness.run import explain_at_import

sys.excepthook = explain_at_import
use_one_thread()
