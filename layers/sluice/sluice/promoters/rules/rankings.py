"""Orders of offers and promoters: coefficients, and places that sort as text (D3)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import NamedTuple

from sluice.organizations.rules import PromoterTasks

OVERALL = "overall"
CHUNK = 100  # places of a ranking that are read together
BUCKET = 500  # promoters of a board who are looked up together
HIGHEST = 10**15
KEPT = timedelta(hours=3)  # a generation, from when it was made
REMADE = timedelta(hours=1)  # at the latest, where nothing changed: the same time is left to pages
GENERATION = r"[0-9]{13}"


class Entry(NamedTuple):
    """Somebody or something in an order, and by what."""

    name: str
    coefficient: int

    @property
    def place(self) -> str:
        """Return the text that sorts as the order: the highest coefficient first, then by name."""
        return f"{HIGHEST - self.coefficient:016}#{self.name}"


class Ranked(NamedTuple):
    """An offer in an order for a promoter: first by score, then in all, then by id."""

    score: int
    coefficient: int  # in all
    offer_id: str


def coefficient(weights: PromoterTasks, transactions: int, promotions: int) -> int:
    """Return the weighted sum of transactions and promotions, from 0 to 10^15."""
    found = weights.transactions_weight * transactions + weights.promotions_weight * promotions
    return max(0, min(HIGHEST, found))


def score(order: str, weights: PromoterTasks, overall: int, own: int) -> int:
    """Return by what an offer is ordered: its coefficient in all, the promoter's, or both."""
    match order:
        case "own":
            return own
        case "combined":
            return weights.overall_weight * overall + weights.own_weight * own
        case _:
            return overall


def position(ranked: Ranked) -> tuple[int, int, str]:
    """Return what an order sorts by: ties by the coefficient in all, then by offer."""
    return -ranked.score, -ranked.coefficient, ranked.offer_id


def chunks(entries: Iterable[Entry]) -> Iterator[tuple[int, Sequence[Entry]]]:
    """Yield an order in chunks, each with how many are before it."""
    ordered = sorted(entries, key=lambda entry: entry.place)
    for number, some in enumerate(batched(ordered, CHUNK, strict=False)):
        yield number * CHUNK, some


def buckets(count: int) -> int:
    """Return in how many buckets so many promoters are looked up."""
    return max(1, -(-count // BUCKET))


def generation_of(now: datetime) -> str:
    """Return the name of the generation made at a moment: later ones sort behind."""
    return f"{int(now.timestamp() * 1000):013}"


def made_at(generation: str) -> datetime:
    """Return when a generation was made."""
    return datetime.fromtimestamp(int(generation) / 1000, UTC)


def expiry_of(generation: str) -> datetime:
    """Return until when a generation can be read."""
    return made_at(generation) + KEPT


def is_kept(generation: str, now: datetime) -> bool:
    """Tell whether a generation can still be read."""
    return now < expiry_of(generation)
