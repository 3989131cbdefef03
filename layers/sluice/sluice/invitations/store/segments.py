"""Segments, stored and read (C1)."""

from datetime import datetime

import msgspec

from sluice.invitations.people_tables import Segment
from sluice.invitations.refusals import SegmentChanged
from sluice.invitations.rules import segments as rules
from sluice.invitations.rules.lists import Known
from sluice.shared import guard, ids, preconditions
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_TRIES = 5
_SEGMENT = "segment"


def put_segment(
    organization_id: str,
    segment_id: str,
    name: str,
    rule: rules.Rule | None,
    now: datetime,
    *,
    expected: int | None = None,
) -> Segment:
    """Create or change a segment; without a rule it is whoever is on its list.

    One read and one write; both again, at most 5 times, when another changed it. Raises Contention;
    ChangedMeanwhile: it is not of the version `expected`.
    """
    for _ in guard.attempts(MAX_TRIES):
        found = find_segment(organization_id, segment_id)
        version = int(found.version) if found else 0
        item = Segment(
            organization_id,
            ids.key(_SEGMENT, segment_id),
            segment_id=segment_id,
            name=name,
            rule=None if rule is None else msgspec.json.encode(rule).decode(),
            version=version + 1,
            updated_at=now,
        )
        if found is not None and (found.name, found.rule) == (name, item.rule):
            return found
        preconditions.demand(expected, version)
        condition = Segment.version == version if found else Segment.key.does_not_exist()
        transaction = Transaction()
        transaction.put(item, condition, SegmentChanged())
        try:
            transaction.commit()
        except SegmentChanged:
            continue
        return item
    raise AssertionError  # the loop ends in Contention


def find_segment(organization_id: str, segment_id: str) -> Segment | None:
    """Return a segment: one read."""
    return find(Segment, organization_id, ids.key(_SEGMENT, segment_id))


def load_segment(organization_id: str, segment_id: str) -> Segment:
    """Return a segment: one read. Raises NotFound."""
    found = find_segment(organization_id, segment_id)
    if found is None:
        raise NotFound("There is no such segment.")
    return found


def list_segments(organization_id: str, after: str, limit: int) -> list[Segment]:
    """Return segments by id, from behind one: one query."""
    first, last = f"{_SEGMENT}#{after}", f"{_SEGMENT}#~"
    found = Segment.query(organization_id, Segment.item.between(first + "\x00", last), limit=limit)
    return list(found)


def rule_of(segment: Segment) -> rules.Rule | None:
    """Return a segment's rule; None: its list decides."""
    rule: rules.Rule | None = msgspec.json.decode(segment.rule or "null", type=rules.Rule | None)
    return rule


def is_in(segment: Segment, known: Known) -> bool:
    """Tell whether a person is in a segment."""
    return rules.is_in(segment.segment_id, rule_of(segment), known)
