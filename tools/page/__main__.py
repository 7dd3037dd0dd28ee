"""Write page/index.html: one file to draw a digit on, with three networks, every unit, and trainings in it."""

import stages  # noqa: F401  # isort: skip  # one thread, and this copy's src first on the path
from pathlib import Path

from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_stage
from tools.page.assembly import page
from tools.page.contents import contents
from tools.text_files import save_text

TARGET = Path("page/index.html")


def main() -> None:
    """Train what the page shows, unless an earlier run has kept it; then write the page."""
    made = page(contents(), load_params().fetch_mnist.dataset)
    save_text(TARGET, made)
    print(f"{TARGET}: {len(made.encode()):,} bytes; open it in a browser")


if __name__ == "__main__":
    run_stage(main)
