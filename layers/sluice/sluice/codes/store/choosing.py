"""What a join chooses from: the channels that its customer can get, in the order of the rule."""

from collections.abc import Sequence

import msgspec

from sluice.codes.rules import lineups
from sluice.codes.rules.choice import Candidate, Choice
from sluice.codes.store.pool import Reach
from sluice.codes.store.reserving import Join


def ordered(join: Join) -> list[Choice]:
    """Return the channels to try, the best first."""
    return _ordered(join, join.pool.candidates)


def names(join: Join) -> frozenset[str]:
    """Return the channels that this customer can get, full or not."""
    candidates = [msgspec.structs.replace(c, full=False) for c in join.pool.candidates]
    return frozenset(chosen.candidate.channel_id for chosen in _ordered(join, candidates))


def is_closed(join: Join) -> bool:
    """Tell whether there was no room a moment ago for one who can get the same."""
    return bool(join.pool.sold_out) and join.pool.is_closed(_reach(join))


def close(join: Join) -> None:
    """Refuse for a moment whoever can get just the same; elsewhere there may be room."""
    join.pool.close(_reach(join))


def _reach(join: Join) -> Reach:
    if not join.place.is_known or join.rule.area == "ignore":
        return join.code.code, None
    return join.code.code, names(join)


def _ordered(join: Join, candidates: Sequence[Candidate]) -> list[Choice]:
    ask = lineups.Ask(join.rule, join.code.referrer_id, join.place)
    return lineups.order(candidates, ask, join.when, join.draw)
