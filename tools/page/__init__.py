"""The page to draw a digit on: one file with three networks, all their units, and trainings in the browser."""

from pathlib import Path

from mnist_mlp.core.files import save_text
from mnist_mlp.harness.params import load_params
from studies.running.runs import DATA, load_splits
from tools.page.assembly import assemble
from tools.page.contents import check_params, contents
from tools.page.trainings import train_networks

TARGET = Path("page/index.html")


def make_page() -> None:
    """Train what the page shows, unless an earlier call has kept it; then write page/index.html."""
    params = load_params()
    check_params(params)
    splits = load_splits(DATA)
    page = assemble(contents(train_networks(params, splits), splits), params.fetch_mnist.dataset)
    save_text(TARGET, page)
    print(f"{TARGET}: {len(page.encode()):,} bytes; open it in a browser")
