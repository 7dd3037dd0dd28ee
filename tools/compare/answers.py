"""The answer to one comparison, in numbers: from the table of its pairs to everything that is said about it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tools.compare import paired


@dataclass(frozen=True)
class Reached:
    """What one side reached: points of accuracy over the seeds with which it did not diverge."""

    mean: float
    spread: float
    """Standard deviation."""
    diverged: list[int]
    """The seeds with which it diverged."""


@dataclass(frozen=True)
class Answer:
    """What the pairs say of B - A, in points. Means, interval and test are over pairs that ended on both sides."""

    a: Reached
    b: Reached
    pairs: int
    mean: float
    low: float
    high: float
    spread: float
    p: float
    """The larger of both tests, adjusted for the number of comparisons (Holm)."""
    wins: int
    """Pairs in which B is ahead, or in which only A diverged."""
    losses: int
    probability: tuple[float, float, float]
    """That B beats A with a new seed, and the ends of its interval. A side that diverges is beaten."""
    comparisons: int
    """Made at the same time."""
    smallest: float
    """Smallest true difference that so many pairs show."""
    effect: float
    """The difference that the user is interested in."""
    needed: int
    """Pairs that show it."""

    @property
    def ties(self) -> int:
        """Pairs in which neither is ahead."""
        return self.seeds - self.wins - self.losses

    @property
    def seeds(self) -> int:
        """All pairs, those with a side that diverged included."""
        return self.pairs + len({*self.a.diverged, *self.b.diverged})

    @property
    def fewest(self) -> int:
        """The pairs that a verdict needs."""
        return paired.fewest_pairs(self.comparisons)

    @property
    def ahead(self) -> str:
        """The side that reaches more, A or B, where both end; empty if the pairs do not tell."""
        ends = np.array([self.p, self.low, self.high])
        if self.pairs < self.fewest or not paired.is_shown(*ends):
            return ""
        return "B" if self.mean > 0 else "A"

    @property
    def better(self) -> str:
        """The side that is ahead, unless it diverged more often than the other."""
        diverged = {"A": len(self.a.diverged), "B": len(self.b.diverged)}
        return self.ahead if self.ahead and diverged[self.ahead] == min(diverged.values()) else ""


def answers(table: pd.DataFrame, effect: float, questions: list[str]) -> list[Answer]:
    """Return the answer to each comparison of a table that ``matches.train_pairs`` made.

    Args:
        table: the pairs.
        effect: the difference in points that the user is interested in.
        questions: what each comparison is about, its model. Several B's of one model answer one question, and
            Holm's correction is for them; what another model does is a question of its own.
    """
    groups = [rows for _, rows in table.groupby("match")]
    found: dict[int, Answer] = {}
    for question in dict.fromkeys(questions):
        places = [place for place, one in enumerate(questions) if one == question]
        adjusted = paired.holm([p_alone(groups[place]) for place in places])
        found |= {
            place: answer(groups[place], p, effect, len(places)) for place, p in zip(places, adjusted, strict=True)
        }
    return [found[place] for place in range(len(groups))]


def p_alone(rows: pd.DataFrame) -> float:
    """Return the p-value of one comparison alone; 1 without two pairs."""
    differences = rows["difference"].dropna().to_numpy()
    return float(paired.p_value(differences)) if len(differences) > 1 else 1.0


def answer(rows: pd.DataFrame, p: float, effect: float, comparisons: int) -> Answer:
    """Return the answer to one comparison, from its pairs and its adjusted p-value."""
    a, b = (reached(rows, name) for name in ("a", "b"))
    differences = rows["difference"].dropna().to_numpy()
    only_a, only_b = (len({*one.diverged} - {*other.diverged}) for one, other in ((a, b), (b, a)))
    wins, losses = int((differences > 0).sum()) + only_a, int((differences < 0).sum()) + only_b
    enough = len(differences) > 1
    low, high = paired.bootstrap_interval(differences) if enough else (np.array(np.nan), np.array(np.nan))
    spread = float(differences.std(ddof=1)) if enough else float("nan")
    powerful = len(differences) >= paired.fewest_pairs(comparisons)
    return Answer(
        a=a,
        b=b,
        pairs=len(differences),
        mean=float(differences.mean()) if len(differences) else float("nan"),
        low=float(low),
        high=float(high),
        spread=spread,
        p=p,
        wins=wins,
        losses=losses,
        probability=paired.win_probability(wins, len(rows) - wins - losses, len(rows)),
        comparisons=comparisons,
        smallest=paired.smallest_difference(spread, len(differences), comparisons) if powerful else float("nan"),
        effect=effect,
        needed=paired.pairs_needed(effect, spread, comparisons) if enough else paired.MOST_PAIRS,
    )


def reached(rows: pd.DataFrame, name: str) -> Reached:
    """Return what one side, ``a`` or ``b``, reached."""
    scores = rows[name]
    return Reached(float(scores.mean()), float(scores.std()), rows["seed"][scores.isna()].astype(int).tolist())
