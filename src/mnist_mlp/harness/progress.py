"""What a training run prints while it runs: a bar on a terminal, elsewhere one line every five epochs."""

import sys
import time

from tqdm import tqdm

LINE_EVERY = 5


class Progress:
    """Progress of a run over ``epochs`` epochs. Times are printed and written to no file."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        self.start = time.perf_counter()
        self.bar = tqdm(total=epochs, unit="epoch") if sys.stderr.isatty() else None

    def report(self, epoch: int, loss: float, accuracy: float) -> None:
        """Show that ``epoch`` (from 1) has ended, with its validation loss and accuracy."""
        text = f"val_loss {loss:.4f}, val_accuracy {accuracy:.4f}"
        if self.bar is not None:
            self.bar.set_postfix_str(text, refresh=False)
            self.bar.update()
        elif epoch % LINE_EVERY == 0 or epoch == self.epochs:
            seconds = time.perf_counter() - self.start
            print(f"epoch {epoch}/{self.epochs}: {text} ({seconds:.1f} s)", flush=True)

    def close(self) -> None:
        """Close the bar and restore the terminal."""
        if self.bar is not None:
            self.bar.close()
