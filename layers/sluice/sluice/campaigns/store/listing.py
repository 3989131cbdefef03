"""Signups of a campaign, a page at a time, with their seats' states and the answers (B6)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sluice.campaigns.store import campaigns, signups
from sluice.campaigns.tables import Answers, Signup
from sluice.codes.store import lookup, seats
from sluice.shared import cursors
from sluice.shared.table import start_behind

MAX_LOOKED_AT = 500  # signups, for a page of those that are wanted
NONE = "none"  # nothing was said yet
_CUSTOMER = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
_PLACE = rf"[0-9T:.-]{{23}}Z#{_CUSTOMER}"


class Wanted(NamedTuple):
    """Which signups: of a salesperson, with an outcome (or `none`), so many from a cursor on."""

    limit: int
    cursor: str = ""
    salesperson_id: str | None = None
    outcome: str | None = None

    @property
    def most(self) -> int:
        """How many to look at."""
        return MAX_LOOKED_AT if self.outcome else self.limit

    def takes(self, signup: Signup) -> bool:
        """Tell whether a signup has the outcome that is wanted."""
        return self.outcome in {None, signup.outcome or NONE}


class Listed(NamedTuple):
    """A signup, the state of its assignment (None: kept no longer), and what was answered."""

    signup: Signup
    state: str | None
    answers: Mapping[str, str]


def page(organization_id: str, campaign_id: str, wanted: Wanted) -> tuple[list[Listed], str | None]:
    """Return a page of signups and the cursor of the next: of a salesperson, the newest first.

    With an outcome a page may be short, even empty, and a cursor leads on. One query of 500 at
    most, and a batch read for each 100 seats and answers; a request more for each customer who
    turned out to be another. The index of salespeople may be a moment behind.
    """
    key = campaigns.key_of(organization_id, campaign_id)
    taken: list[Signup] = []
    looked_at, last = 0, ""
    for signup in _query(key, wanted):
        looked_at += 1
        last = signup.customer_id if wanted.salesperson_id is None else signup.place
        if wanted.takes(signup):
            taken.append(signup)
            if len(taken) == wanted.limit:
                break
    more = looked_at == wanted.most or len(taken) == wanted.limit
    return with_details(organization_id, key, taken), cursors.cursor_of(last) if more else None


def _query(key: str, wanted: Wanted) -> Iterable[Signup]:
    cursor, salesperson_id = wanted.cursor, wanted.salesperson_id
    if salesperson_id is None:
        customer_id = cursors.place_in(cursor, _CUSTOMER) if cursor else ""
        start = start_behind(key=key, item=signups.name_of(customer_id)) if cursor else None
        return Signup.query(
            key,
            Signup.item.startswith(signups.PREFIX),
            limit=wanted.most,
            last_evaluated_key=start,
        )
    place = cursors.place_in(cursor, _PLACE) if cursor else ""
    return Signup.by_salesperson.query(
        signups.salesperson_key(key, salesperson_id),
        limit=wanted.most,
        scan_index_forward=False,
        last_evaluated_key=_after(key, salesperson_id, place) if cursor else None,
    )


def _after(key: str, salesperson_id: str, place: str) -> dict[str, dict[str, str]]:
    """Return where a query of the index goes on."""
    salesperson_key = signups.salesperson_key(key, salesperson_id)
    item = signups.name_of(place.split("#")[1])
    return start_behind(salesperson_key=salesperson_key, place=place, key=key, item=item)


def sold_by(keys: Sequence[str], salesperson_id: str) -> set[str]:
    """Return in which campaigns somebody sells, by partition: named, or kept by a customer (B4).

    As `campaigns.with_salesperson`, and for each that does not name them a query of one signup. The
    index may be a moment behind.
    """
    named = campaigns.with_salesperson(keys, salesperson_id)
    return named | {key for key in keys if key not in named and _sells(key, salesperson_id)}


def _sells(key: str, salesperson_id: str) -> bool:
    found = Signup.by_salesperson.query(signups.salesperson_key(key, salesperson_id), limit=1)
    return next(found, None) is not None


def with_details(organization_id: str, key: str, found: Sequence[Signup]) -> list[Listed]:
    """Add to signups how their seats stand, and what was answered."""
    if not found:
        return []
    names = [(key, signups.answers_name(each.customer_id)) for each in found]
    answers = {item.item: item.answers for item in Answers.batch_get(names)}
    states = _states(organization_id, found)
    return [
        Listed(
            each,
            states.get(each.assignment_id),
            answers.get(signups.answers_name(each.customer_id)) or {},
        )
        for each in found
    ]


def _states(organization_id: str, found: Sequence[Signup]) -> dict[str, str]:
    """Return the state of each assignment as its seat says: a batch read for each 100."""
    slots = [
        slot
        for each in found
        if (slot := seats.slot_of(organization_id, each.assignment_id)) is not None
    ]
    states: dict[str, str] = {}
    for kept in seats.read_all(list(dict.fromkeys(slots))):
        if kept.seat is None:
            continue
        assignments: Sequence[Any] = kept.seat.assignments
        if kept.seat.merged_into:
            became = lookup.of_customer(organization_id, kept.seat.merged_into)
            assignments = [each.assignment for each in became]
        states |= {each.assignment_id: each.status for each in assignments}
    return states
