"""People and segments, as callers say and see them (C1, C3, C4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, field

from sluice.codes.identities import OutsideName, outside_name
from sluice.invitations import identities
from sluice.invitations.people_tables import Segment
from sluice.invitations.rules import lists, segments
from sluice.invitations.rules.identity import (
    KIND,
    MAX_IDENTITIES,
    MAX_VALUE,
    OUTSIDE,
    USER,
    Identity,
    normalised,
)
from sluice.invitations.rules.lists import Attributes
from sluice.invitations.store.segments import rule_of
from sluice.shared import http
from sluice.shared.errors import Invalid
from sluice.shared.fields import Time, Title, check_past

MAX_USERS = 1  # identities in app 2 of one person


class IdentityBody(http.Body):
    """Who somebody is: `phone`, `user` (of app 2) or `id:<system>`, and its word for them."""

    kind: Annotated[str, Meta(pattern=KIND)]
    value: Annotated[str, Meta(min_length=1, max_length=MAX_VALUE)]


Identities = Annotated[list[IdentityBody], Meta(min_length=1, max_length=MAX_IDENTITIES)]


class EntryBody(http.Body):
    """A list to be on; `at`: since when, or when the act was done; `reference`: of the act."""

    list: lists.ListName
    at: Time | None = None
    reference: Annotated[str, Meta(pattern=lists.REFERENCE)] | None = None


class PutPerson(http.Body):
    """Identities of one person, and what is said of them; what is not named stays."""

    identities: Identities
    attributes: Attributes | None = None
    joins: Annotated[list[EntryBody], Meta(max_length=lists.MAX_LISTS)] = field(
        default_factory=list
    )
    leaves: Annotated[list[lists.ListName], Meta(max_length=lists.MAX_LISTS)] = field(
        default_factory=list
    )


class ListView(http.View):
    """A list that a person is on."""

    list: str
    at: datetime
    source: str
    reference: str | None = None


class PersonView(http.View):
    """What is known of a person, by all of their identities; none of these is shown."""

    person_key: str
    person_keys: list[str]
    lists: list[ListView]
    attributes: Attributes
    user_id: str | None = None


class PutSegment(http.Body):
    """Whom a promotion is for; without a rule whoever is on the list `segment:<id>`."""

    name: Title = "Segment"
    rule: segments.Rule | None = None


class SegmentView(http.Versioned):
    """A segment."""

    segment_id: str
    name: str
    updated_at: datetime
    rule: segments.Rule | None = None


class SegmentPage(http.View):
    """Some of the segments, by id."""

    items: list[SegmentView]
    next_cursor: str | None = None


def identities_in(given: Sequence[IdentityBody], field: str = "identities") -> list[Identity]:
    """Return identities as the rules know them. Raises Invalid: two users of app 2 in a field."""
    found = [Identity(one.kind, one.value) for one in given]
    if sum(one.kind == USER for one in found) > MAX_USERS:
        reason = "one user of app 2 at most"
        raise Invalid(f"{field}: {reason}.", [(field, reason)])
    return found


def outside_names(organization_id: str, given: Sequence[Identity]) -> list[OutsideName]:
    """Return where codes may know these people: by ids at provider accounts, of partners, WeChat.

    As they are written and as people are known by them, which are mostly the same.
    """
    return [
        outside_name(organization_id, each.kind.removeprefix(OUTSIDE), value)
        for each in given
        if each.kind.startswith(OUTSIDE)
        for value in sorted({each.value, normalised(each)})
    ]


def statement_of(
    organization_id: str, given: PutPerson, source: str, now: datetime
) -> lists.Statement:
    """Return what a caller says of a person. Raises Invalid, naming the field."""
    named = identities_in(given.identities)
    joined = [each.list for each in given.joins]
    if len({*joined, *given.leaves}) < len(joined) + len(given.leaves):
        reason = "a list is named twice"
        raise Invalid(f"joins and leaves: {reason}.", [("joins", reason)])
    for place, each in enumerate(given.joins):
        if each.at is not None:
            check_past(each.at, f"joins[{place}].at", now)
    return lists.Statement(
        keys=identities.keys_of(organization_id, named, "identities"),
        user_id=identities.user_in(named),
        attributes=given.attributes,
        joins={
            each.list: lists.Entry(each.at or now, source, each.reference) for each in given.joins
        },
        leaves=frozenset(given.leaves),
    )


def of_person(known: lists.Known) -> PersonView:
    """Return the view of a person."""
    return PersonView(
        person_key=known.keys[0],
        person_keys=list(known.keys),
        user_id=known.user_id,
        attributes=dict(known.attributes),
        lists=[
            ListView(list=name, at=entry.at, source=entry.source, reference=entry.reference)
            for name, entry in sorted(known.lists.items())
        ],
    )


def of_segment(item: Segment) -> SegmentView:
    """Return the view of a segment."""
    return SegmentView(
        segment_id=item.segment_id,
        name=item.name,
        version=int(item.version),
        updated_at=item.updated_at,
        rule=rule_of(item),
    )
