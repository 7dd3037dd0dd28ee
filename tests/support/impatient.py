"""``python -m tests.support.impatient``: the study of seeds, which waits less long for a cluster."""

import stages  # noqa: F401  # as the study does

# isort: split
from mnist_mlp.harness.run import run_stage
from studies import seeds
from studies.running import cluster

if __name__ == "__main__":
    cluster.PATIENCE = 3
    run_stage(seeds.main)
