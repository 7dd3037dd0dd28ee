"""What was asked before: each look at a pair, and each alternative to the same A, may give a wrong answer."""

import json
from pathlib import Path
from typing import NamedTuple

from mnist_mlp.core.files import save_text
from studies.running.runs import DATA, version
from tools.compare.runs import Match

ASKED = Path("studies/.runs/asked.jsonl")
"""Beside the trainings that are kept: a line for each question."""


class Asked(NamedTuple):
    """How often a comparison was asked for, with different numbers of seeds, this time included."""

    looks: int
    """At this pair."""
    questions: int
    """About this A, with whatever B, on the same images."""


def ask(matches: list[Match], seeds: int, on: str) -> list[Asked]:
    """Write down that these comparisons are asked for; return how often each was. The same again counts once."""
    state = version(DATA)
    own = [[*(run.key(state) for run in match.pair(0)), on, seeds] for match in matches]
    lines = ASKED.read_text(encoding="utf-8").splitlines() if ASKED.exists() else []
    asked = [json.loads(line) for line in lines]
    asked += [question for question in own if question not in asked]
    save_text(ASKED, "".join(f"{json.dumps(question)}\n" for question in asked))
    return [
        Asked(
            looks=sum(one[:3] == [a, b, on] for one in asked),
            questions=sum([one[0], one[2]] == [a, on] for one in asked),
        )
        for a, b, *_ in own
    ]
