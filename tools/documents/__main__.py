"""Fill the figures into docs/models.md and docs/reproduction.md, from metrics, plots and results of studies."""

from mnist_mlp.harness.run import run_stage
from tools.documents.cards import model_cards
from tools.documents.filling import save_text
from tools.documents.findings import reproduction_report

DOCUMENTS = {"docs/models.md": model_cards, "docs/reproduction.md": reproduction_report}


def main() -> None:
    """Write both documents again."""
    texts = {path: make() for path, make in DOCUMENTS.items()}
    for path, text in texts.items():
        save_text(path, text)


if __name__ == "__main__":
    run_stage(main)
