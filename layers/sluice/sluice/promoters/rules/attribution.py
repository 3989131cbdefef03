"""Whose promotion a payment is put down to, and why not to the others' (D5, D10).

A click freezes the version of the offer, the promoter's tag and how long it counts; who is named at
the checkout, by code or coupon, is looked at by the offer as it is then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sluice.promoters.rules.offers import Attribution

LINK, CODE, COUPON = "link", "code", "coupon"
FIRST_CLICK = "first_click"
MAX_CLICKS = 20  # of a visitor on the links of one offer
AGAIN = timedelta(minutes=1)  # the same link so soon is the same click
KEPT = timedelta(days=30)  # clicks, after their window: payments may be told of late

AFTER, OUTSIDE, OWN = "after-the-payment", "outside-the-window", "own-offer"
EARLIER, LATER = "an-earlier-click-counts", "a-later-click-counts"
CODE_COUNTS, LINK_COUNTS = "a-code-counts", "a-link-counts"


@dataclass(frozen=True)
class Candidate:
    """Somebody who may have brought a buyer: by a click on their link, by a code or a coupon."""

    member_id: str
    at: datetime
    version: int  # of the offer
    tag: str
    kind: str = LINK
    window_seconds: int | None = None  # how long it counts; None: it has no end


@dataclass(frozen=True)
class Attributed:
    """Who brought the buyer and by what, and of every other one why not."""

    winner: Candidate | None
    reason: str  # first-click, last-click, code, coupon; or that there is nobody
    others: Mapping[str, str]  # reason by member


def is_again(clicks: Sequence[Candidate], click: Candidate) -> bool:
    """Tell whether a visitor's newest click comes a second time, as by a lost answer."""
    newest_at = max((each.at for each in clicks), default=None)
    if newest_at is None or not newest_at <= click.at < newest_at + AGAIN:
        return False
    return replace(click, at=newest_at) in clicks


def with_click(clicks: Sequence[Candidate], click: Candidate) -> tuple[Candidate, ...]:
    """Return a visitor's clicks with one more, 20 at most.

    The first to go is one whose window is over; then all but the first give way to newer ones.
    """
    kept = sorted([*clicks, click], key=_place)
    while len(kept) > MAX_CLICKS:
        over = [each for each in kept if _is_over(each, click.at)]
        kept.remove(over[0] if over else kept[1])
    return tuple(kept)


def expires_at(clicks: Sequence[Candidate]) -> datetime:
    """Return when clicks may be forgotten."""
    return max(each.at + timedelta(seconds=each.window_seconds or 0) for each in clicks) + KEPT


def attribute(
    contract: Attribution, candidates: Sequence[Candidate], paid_at: datetime, merchant_id: str
) -> Attributed:
    """Return who brought the buyer of a payment, by the offer's contract (D10)."""
    refused = {each: _why_not(each, paid_at, merchant_id) for each in candidates}
    holding = [each for each in candidates if refused[each] is None]
    winner = _winner(contract, holding)
    others: dict[str, str] = {}
    for each in sorted(candidates, key=_place):
        if winner is None or each.member_id != winner.member_id:
            reason = refused[each]
            if reason is None and winner is not None:
                reason = _beaten_by(winner, each)
            # the nearest they came: what counted but for another one says more than an old click
            if reason is not None and (each.member_id not in others or refused[each] is None):
                others[each.member_id] = reason
    return Attributed(winner, _reason(contract, winner, candidates), others)


def _why_not(each: Candidate, paid_at: datetime, merchant_id: str) -> str | None:
    if each.member_id == merchant_id:
        return OWN
    if each.kind != LINK:
        return None
    if each.at > paid_at:
        return AFTER
    return OUTSIDE if _is_over(each, paid_at) else None


def _is_over(each: Candidate, moment: datetime) -> bool:
    window = each.window_seconds
    return window is not None and each.at < moment - timedelta(seconds=window)


def _winner(contract: Attribution, holding: Sequence[Candidate]) -> Candidate | None:
    clicks = sorted((each for each in holding if each.kind == LINK), key=_place)
    named = sorted((each for each in holding if each.kind != LINK), key=lambda each: each.kind)
    if named and (contract.coupon_beats_link or not clicks):
        return named[-1]  # a coupon before a code: it is used up
    if not clicks:
        return None
    return clicks[0] if contract.model == FIRST_CLICK else clicks[-1]


def _beaten_by(winner: Candidate, each: Candidate) -> str:
    if winner.kind != LINK:
        return CODE_COUNTS
    if each.kind != LINK:
        return LINK_COUNTS
    return EARLIER if _place(winner) < _place(each) else LATER


def _reason(
    contract: Attribution, winner: Candidate | None, candidates: Sequence[Candidate]
) -> str:
    if winner is None:
        return "nobody-holds" if candidates else "nobody-named"
    if winner.kind != LINK:
        return winner.kind
    return "first-click" if contract.model == FIRST_CLICK else "last-click"


def _place(each: Candidate) -> tuple[datetime, str, int]:
    return each.at, each.member_id, each.version
