"""What a join chooses from: the channels that its customer can get, in the order of the rule."""

import msgspec

from sluice.codes.rules import loads as rules
from sluice.codes.rules.choice import Choice
from sluice.codes.rules.lineups import Ask
from sluice.codes.rules.urns import Draw
from sluice.codes.store import loads
from sluice.codes.store.hints import mark_full
from sluice.codes.store.pool import Reach
from sluice.codes.store.reserving import Join

MAX_COMPARISONS = 8  # in one join: a batch read each


def next_choice(join: Join) -> Choice | None:
    """Return the best channel that was not tried yet, or None where there is none.

    From memory alone; a rule that compares figures costs one batch read, of up to 50 read units
    where up to 50 channels are equally good, else of 8; where all of these are full one more of 50,
    up to 8 in all. Of the full ones that nobody has marked yet one is, at each (`mark_full`).
    """
    if not join.rule.needs_figures:
        return next(join.pool.lineup(join.rule, join.when).choices(*_asked(join)), None)
    while not join.ranked and join.comparisons < MAX_COMPARISONS:
        line = join.pool.lineup(join.rule, join.when).choices(*_asked(join))
        best = rules.contestants(line, is_first=not join.comparisons)
        if not best:
            return None
        join.comparisons += 1
        _compare(join, best)
    return join.ranked.pop(0) if join.ranked else None


def put_back(join: Join, chosen: Choice | None) -> None:
    """Let a choice by figures that was not refused for its channel be the next one again."""
    if chosen is not None and join.rule.needs_figures:
        join.ranked.insert(0, chosen)


def _compare(join: Join, best: list[Choice]) -> None:
    """Order channels by fresh figures; those without room are done with."""
    names = [choice.candidate.channel_id for choice in best]
    found = loads.read_channels(join.code.organization_id, names)
    known = {channel.channel_id: loads.load_of(channel, join.today) for channel in found}
    full = [channel for channel in found if known[channel.channel_id].is_full]
    for channel in full:
        join.pool.learn_full(channel.channel_id)
    any(mark_full(channel, join.today) for channel in full)  # until one is written
    join.ranked = rules.ranked(best, known, join.rule)
    join.starts = rules.returned(known) if join.rule.order == "rotation" else {}
    join.tried.update(set(names) - {choice.candidate.channel_id for choice in join.ranked})


def names(join: Join) -> frozenset[str]:
    """Return the channels that this customer can get, full or not."""
    rule = msgspec.structs.replace(join.rule, order="random", own_first=False, nearest=False)
    return join.pool.lineup(rule, join.when).names(Ask(rule, None, join.place))


def is_closed(join: Join) -> bool:
    """Tell whether there was no room a moment ago for one who can get the same."""
    return join.pool.is_closed_to_some and join.pool.is_closed(_reach(join))


def close(join: Join) -> None:
    """Refuse for a moment whoever can get just the same; elsewhere there may be room."""
    join.pool.close(_reach(join))


def _reach(join: Join) -> Reach:
    if not join.place.is_known or join.rule.area == "ignore":
        return join.code.code, None
    return join.code.code, names(join)


def _asked(join: Join) -> tuple[Ask, Draw, set[str]]:
    ask = Ask(join.rule, join.code.referrer_id, join.place)
    return ask, join.draw, join.pool.without | join.tried
