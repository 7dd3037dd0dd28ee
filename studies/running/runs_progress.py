"""What a study prints while it runs: a bar on a terminal, elsewhere one line for each tenth of the runs."""

import io
import sys
from types import TracebackType
from typing import Self

from tqdm import tqdm

LINES = 10
FORMAT = "{percentage:3.0f}%|{bar:20}| {n_fmt} of {total_fmt} runs done{postfix}, {remaining} left"


class RunsProgress:
    """Progress of ``total`` runs, ``done`` of which were finished before. At its end it restores the terminal."""

    def __init__(self, total: int, done: int) -> None:
        self.on_terminal = sys.stderr.isatty()
        stream = sys.stderr if self.on_terminal else io.StringIO()
        self.bar = tqdm(total=total, initial=done, file=stream, bar_format=FORMAT)
        self.total = total
        self.slots = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.close()

    def start(self, slots: int) -> None:
        """Show the start of the runs, ``slots`` of them at a time."""
        self.slots = slots
        self._show(line=True)

    def finished(self) -> None:
        """Show that one more run has ended."""
        self.bar.update()
        self._show(line=int(self.bar.n) % max(1, self.total // LINES) == 0)

    def _show(self, line: bool) -> None:
        self.bar.set_postfix_str(f"{min(self.slots, self.total - int(self.bar.n))} running")
        if line and not self.on_terminal:
            print(str(self.bar), file=sys.stderr, flush=True)
