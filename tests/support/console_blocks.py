"""Every block of commands in the README and docs/: the test that runs it as it stands, or why none does.

The key is the page and the block's first command.
"""

RUN = "tests/docs/test_commands.py::test_the_commands_of_a_page_run_in_order"
"""It compares exit codes and the labels of the printed lines: the figures are those of real MNIST."""

NOT_TRIED = "needs another system or installer, and the network: the page says which of these were tried"

BLOCKS: dict[tuple[str, str], str] = {
    ("CONTRIBUTING.md", "git clone REPOSITORY mnist-mlp && cd mnist-mlp"): (
        "REPOSITORY is a placeholder, and the commands download and take minutes: .ci/run runs the tests"
    ),
    ("docs/installing.md", "uv venv --python 3.11 .venv"): NOT_TRIED,
    ("docs/installing.md", "conda create --name mnist-mlp --channel conda-forge python=3.11 git make"): NOT_TRIED,
    ("docs/installing.md", "docker build --tag mnist-mlp ."): NOT_TRIED,
    ("docs/installing.md", "xcode-select --install"): NOT_TRIED,
    ("docs/installing.md", "wsl --install -d Ubuntu-24.04"): NOT_TRIED,
    (
        "docs/installing.md",
        ".venv/bin/python -m pip install torch==2.13.0 \\",
    ): NOT_TRIED,
    ("README.md", "git clone REPOSITORY mnist-mlp"): (
        "REPOSITORY is a placeholder, and the commands download and take minutes: .ci/run runs both make targets"
    ),
    ("README.md", "dvc exp run -n equal-reduction -S train_torch.loss_reduction=batch_mean"): RUN,
    ("docs/cluster.md", "python -m dask scheduler --port 8786"): (
        "needs several machines: tests/studies/test_cluster.py runs scheduler, worker and study on one"
    ),
    ("docs/experiments.md", "dvc exp run -n equal-reduction -S train_torch.loss_reduction=batch_mean"): RUN,
    ("docs/experiments.md", "dvc params diff"): RUN,
    ("docs/experiments.md", "dvc exp run -S train_custom.lr=-1"): RUN,
    ("docs/experiments.md", "dvc exp run --temp -n torch-lr-1 -S train_torch.lr=1.0"): RUN,
    ("docs/experiments.md", "make experiments ARGS=--md"): RUN,
    ("docs/experiments.md", "make compare A=HEAD B='train_torch.loss_reduction=batch_mean' SEEDS=20"): (
        "trains forty times: tests/compare/test_compare.py compares a small network in the same way"
    ),
    ("docs/experiments.md", "make tune MODEL=torch SPACE='epochs=5 lr=log:0.1..3 momentum=0,0.9' TRIALS=6"): (
        "trains fourteen times: tests/compare/test_tune.py searches for a small network in the same way"
    ),
    ("docs/experiments.md", "dvc metrics diff --no-path main custom-init"): RUN,
    (
        "docs/experiments.md",
        "dvc exp run --queue -n sweep -S 'train_custom.lr=0.05,0.2' "
        "-S 'train_custom.loss_reduction=batch_mean,mean'",
    ): "trains four times: tests/bits/test_other_machines.py runs a queue of two workers",
    ("docs/experiments.md", "dvc exp branch equal-reduction better-torch"): RUN,
    ("docs/experiments.md", "dvc plots show"): RUN,
    ("docs/sharing.md", "dvc remote add -d store /path/to/store"): (
        "shows two kinds of remote, with placeholders: tests/support/shared_repository.py sets up each of them"
    ),
    ("docs/sharing.md", "git push origin main"): (
        "takes two clones: tests/sharing/test_shared_experiments.py pushes, pulls and applies an experiment"
    ),
    ("docs/sharing.md", "dvc get REPOSITORY models/custom.safetensors"): (
        "REPOSITORY is a placeholder: tests/sharing/test_get.py gets the same files from a repository"
    ),
    ("docs/template.md", "git apply third-model.diff"): (
        "the files are placeholders: tests/template/test_recipes.py applies the diff and runs its stages and plots"
    ),
    (
        "docs/template.md",
        "dvc exp run -n own -S fetch_mnist.dataset=folder -S fetch_mnist.path=/path/to/folder \\",
    ): "the folder is a placeholder: tests/template/test_recipes.py runs the command on one of its own",
}
