"""The answer in words: one sentence that a reader needs no statistics for, and the figures behind it."""

import math

from tools.compare.answers import Answer, Reached
from tools.compare.paired import MEANINGFUL, MOST_PAIRS, POWER

UNKNOWN = "unknown"


def verdict(answer: Answer, b: str = "B", a: str = "A") -> str:
    """Return what was found, in a sentence or, if a side diverged, a few; ``a``, ``b``: what they are called."""
    said = divergence(answer.a, a, answer.seeds) + divergence(answer.b, b, answer.seeds)
    if answer.pairs == 0:
        return f"{said}There is no pair of seeds with which both sides ended, so nothing can be compared."
    if answer.pairs < answer.fewest:
        return said + too_few(answer, a, b)
    if answer.better:
        return said + better(answer, a, b)
    if answer.ahead:
        return f"{said}{unequal(answer, a, b)}"
    if answer.low == answer.high == 0:
        return f"{said}{a} and {b} are equal in {every(answer)}, to the last image."
    return said + open_question(answer, a, b)


def divergence(side: Reached, name: str, seeds: int) -> str:
    """Return how often a side diverged; nothing if it never did."""
    if not side.diverged:
        return ""
    return f"{name} diverged with {len(side.diverged)} of {seeds} seeds ({', '.join(map(str, side.diverged))}). "


def too_few(answer: Answer, a: str, b: str) -> str:
    """Return why there is no verdict, and how things stand."""
    several = f" in {answer.comparisons} comparisons at a time" if answer.comparisons > 1 else ""
    return (
        f"{answer.pairs} seed pairs are too few for a verdict{several}: with fewer than {answer.fewest}, chance "
        f"alone lets one side win them all too often. So far, {b} differs from {a} by {answer.mean:+.2f} points."
    )


def better(answer: Answer, a: str, b: str) -> str:
    """Return which side is better, by how much, and how often it wins."""
    sign, best, other, wins = (1, b, a, answer.wins) if answer.better == "B" else (-1, a, b, answer.losses)
    low, high = sorted((sign * answer.low, sign * answer.high))
    return (
        f"{best} is better than {other} by {abs(answer.mean):.2f} points (95 % interval {low:.2f} to {high:.2f}, "
        f"{answer.pairs} seed pairs); {best} wins in {wins} of {answer.seeds}."
    )


def unequal(answer: Answer, a: str, b: str) -> str:
    """Return which side is ahead, though it diverged more often."""
    ahead = b if answer.ahead == "B" else a
    return (
        f"Over the other {answer.pairs} pairs, {ahead} is ahead by {abs(answer.mean):.2f} points; as it diverged "
        "more often, it is not called better."
    )


def open_question(answer: Answer, a: str, b: str) -> str:
    """Return that the pairs do not decide, and how many would."""
    unsettled = f"These {answer.pairs} pairs do not tell {a} from {b}"
    effect, power = points(answer.effect), f"{100 * POWER:.0f} % power"
    if answer.needed <= answer.pairs:
        return f"{unsettled}; a difference of {effect} points would have shown with {power}."
    if answer.needed >= MOST_PAIRS:
        return f"{unsettled}; to see a difference of {effect} points, a million pairs are not enough."
    seen = f"to see a difference of {effect} points with {power}, about {answer.needed} pairs are needed"
    return f"{unsettled}; {seen}."


def every(answer: Answer) -> str:
    """Return all the pairs, in words."""
    return f"all {answer.pairs} seed pairs"


def facts(answer: Answer) -> dict[str, str]:
    """Return the figures behind the verdict: what each is, and its value."""
    chance, low, high = answer.probability
    adjusted = ", Holm's correction for several comparisons" if answer.comparisons > 1 else ""
    return {
        "A": reached(answer.a),
        "B": reached(answer.b),
        "B - A, mean of the pairs": in_points(answer.mean, "+"),
        "its 95 % interval (BCa bootstrap)": f"{number(answer.low, '+')} to {number(answer.high, '+')}",
        f"p-value (sign-flip and bootstrap-t test{adjusted})": f"{answer.p:.2g}",
        "pairs that B wins, ties, A wins": f"{answer.wins}, {answer.ties}, {answer.losses}",
        "probability that B beats A with a new seed": f"{chance:.2f} (95 % interval {low:.2f} to {high:.2f})",
        f"smallest difference that {answer.pairs} pairs show ({100 * POWER:.0f} % power)": (
            in_points(answer.smallest)
        ),
        f"pairs needed for a difference of {points(answer.effect)} points": (
            str(answer.needed) if answer.needed < MOST_PAIRS else "more than a million"
        ),
    }


def facts_table(found: dict[str, Answer]) -> str:
    """Return the figures behind several verdicts as a Markdown table, a column for each."""
    columns = [list(facts(answer).values()) for answer in found.values()]
    names = list(facts(next(iter(found.values()))))
    rows = [[name, *values] for name, *values in zip(names, *columns, strict=True)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [["", *found], ["---"] * (len(found) + 1), *rows])


def reached(side: Reached) -> str:
    """Return mean and spread of a side, and its divergences."""
    diverged = f", diverged with {len(side.diverged)} seeds" if side.diverged else ""
    return f"{number(side.mean)} %, standard deviation {number(side.spread)}{diverged}"


def number(value: float, sign: str = "") -> str:
    """Return points with two decimals."""
    return UNKNOWN if math.isnan(value) else f"{value:{sign}.2f}"


def in_points(value: float, sign: str = "") -> str:
    """Return a difference with its unit."""
    return UNKNOWN if math.isnan(value) else f"{number(value, sign)} points"


def points(value: float) -> str:
    """Return a difference that the user named, with two decimals if they can hold it."""
    return f"{value:.2f}" if round(value, 2) == value else f"{value:g}"


EXPLAINED = f"""\
- **A seed pair**: both sides are trained with the same seed for initial weights and order. What this seed does to
  both cancels out in their difference.
- **95 % interval**: the differences that agree with these pairs. It is somewhat too narrow with fewer than 20
  pairs, so a verdict needs the p-value as well.
- **p-value**: if A and B were the same, a mean difference at least as large would come up so often. The limit is
  0.05. It is the larger one of two tests: by flipping signs, exact if luck favours both sides alike, and
  bootstrap-t, which allows for lucky and unlucky seeds being unlike.
- **Probability that B beats A**: at 0.5, a coin would do. From {MEANINGFUL} on, Bouthillier et al. (2021) call a
  difference meaningful; a smaller one can be real, but a lucky seed does as much.
- **Power**: how often a difference of that size would be found if it were there.
"""
