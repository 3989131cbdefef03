"""Rotation and least-loaded (A4): choosing by what channels hold and how many turns they had.

Figures must be fresh, so they are read for a bounded sample only: the first of a line-up, which
is drawn by weight. A channel that starts late has a head start, or it would be given everything.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import msgspec

from sluice.codes.rules.choice import Choice, Rule
from sluice.codes.rules.reasons import reason, why_of

MAX_FIGURES = 50  # read for one join
SAMPLE = 8  # of more channels than that, equally good otherwise
MAX_ROUNDS_BEHIND = 5  # more than that behind the others is an absence, not chance


class Load(msgspec.Struct, frozen=True):
    """What a channel holds and was given, as just read."""

    held: int
    cap: int
    turns: int = 0  # assignments ever given
    weight: int = 1
    start_held: int = 0  # head starts: added where loads or turns are compared, nowhere else
    start_turns: int = 0
    today: int = 0  # given on the organisation's day
    daily_cap: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether there was no room when it was read; the write decides."""
        over_today = self.daily_cap is not None and self.today >= self.daily_cap
        return self.held >= self.cap or over_today


class HeadStart(msgspec.Struct, frozen=True):
    """What is added to a channel's figures where they are compared with those of others."""

    held: int = 0
    turns: int = 0


def shortlist(choices: Iterator[Choice], limit: int = MAX_FIGURES) -> list[Choice]:
    """Take the next channels of a line-up, those whose figures are worth reading.

    The line-up is drawn by weight, so a channel is looked at in proportion to what it should get.
    If all of these turn out full, call it again for the next.
    """
    return list(islice(choices, limit))


def contestants(choices: Iterator[Choice], *, is_first: bool = True) -> list[Choice]:
    """Take those of a line-up that are worth comparing, from its beginning.

    All that it likes equally well, if they are few enough; of more, a sample: the least of eight
    drawn by weight is nearly as good, and eight figures cost a tenth. Where it likes fewer than
    eight best, the next of the line are compared with them, which come after them all the same.
    Where all of the first sample were full most of the rest may be: then it is as many as there
    may be.
    """
    if not is_first:
        return shortlist(choices)
    first = shortlist(choices, MAX_FIGURES + 1)
    alike = sum(choice.rank == first[0].rank for choice in first)
    return first[: alike if SAMPLE < alike <= MAX_FIGURES else SAMPLE]


def ranked(choices: Iterable[Choice], loads: Mapping[str, Load], rule: Rule) -> list[Choice]:
    """Order a shortlist by fresh figures, within what the rule prefers; ties stay as drawn.

    Full channels are left out, and those without figures: they are gone.
    """
    figured = [
        (choice, load)
        for choice in choices
        if (load := loads.get(choice.candidate.channel_id)) is not None and not load.is_full
    ]
    figured.sort(key=lambda pair: (pair[0].rank, _figure(pair[1], rule)))
    return [
        Choice(choice.candidate, why_of(choice.why, _why(load, rule)), choice.rank)
        for choice, load in figured
    ]


def head_start(load: Load, others: Iterable[Load]) -> HeadStart:
    """Return what puts a channel on the average of the others, by weight.

    For one that is new, open again, or has another weight; `others` are the open channels that it
    competes with, itself left out, or a sample of them. It may be negative. Whole numbers, rounded
    down: of equals, the new one is given the first customer.
    """
    known = list(others)
    weights = sum(other.weight for other in known)
    if not weights:
        return HeadStart()
    held = sum(other.held + other.start_held for other in known)
    turns = sum(other.turns + other.start_turns for other in known)
    return HeadStart(
        held=held * load.weight // weights - load.held,
        turns=turns * load.weight // weights - load.turns,
    )


def returned(loads: Mapping[str, Load]) -> dict[str, int]:
    """Return new head starts, in turns, for channels that were away while others had their turns.

    A channel back on shift would otherwise be given everybody until it has caught up. Those that
    are behind the foremost by more than MAX_ROUNDS_BEHIND rounds start level with it; chance and
    the age of figures keep channels that are always there closer together than that.
    """
    foremost = max(loads.values(), key=_rounds, default=None)
    if foremost is None:
        return {}
    turns = foremost.turns + foremost.start_turns
    return {
        name: turns * load.weight // foremost.weight - load.turns
        for name, load in loads.items()
        if _rounds(load) < _rounds(foremost) - MAX_ROUNDS_BEHIND
    }


def _rounds(load: Load) -> float:
    """Return how often its weight's worth of turns a channel had: equal figures compare equal."""
    return (load.turns + load.start_turns) / load.weight


def _figure(load: Load, rule: Rule) -> float:
    if rule.order == "rotation":
        return _rounds(load)
    return (load.held + load.start_held) / load.weight


def _why(load: Load, rule: Rule) -> str:
    if rule.order == "rotation":
        figures, start = reason("rotation", load.turns, load.weight), load.start_turns
    else:
        figures = reason("least-loaded", load.held, load.cap, load.weight)
        start = load.start_held
    return why_of(figures, reason("head-start", start) if start else "")
