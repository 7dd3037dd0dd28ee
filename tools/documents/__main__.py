"""Fill the figures into pages of docs/, from metrics, plots and results of studies."""

from pathlib import Path

from mnist_mlp.harness.run import run_stage
from tools.documents.cards import model_cards
from tools.documents.fashion import gap_page
from tools.documents.findings import reproduction_report
from tools.text_files import save_text

DOCUMENTS = {"docs/models.md": model_cards, "docs/reproduction.md": reproduction_report, "docs/gap.md": gap_page}


def main() -> None:
    """Write these documents again."""
    texts = {path: make() for path, make in DOCUMENTS.items()}
    for path, text in texts.items():
        save_text(Path(path), text)


if __name__ == "__main__":
    run_stage(main)
