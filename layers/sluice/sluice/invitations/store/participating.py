"""Participations (C4): who took part, whether they are newcomers, and who brought them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sluice.invitations.promotion_tables import Invited, Outcome, Participant, Participation
from sluice.invitations.refusals import ParticipationExists
from sluice.invitations.rules import attribution
from sluice.invitations.rules import promotions as rules
from sluice.invitations.rules.attribution import ANOTHER, OPEN, TARGETED, Candidate
from sluice.invitations.rules.lists import Statement
from sluice.invitations.rules.promotions import OPEN_STATES, Promotion, State
from sluice.invitations.store import people
from sluice.invitations.store.inviting import INVITED, OUTCOME, find_link, place_of
from sluice.invitations.store.participants import Person
from sluice.shared import ids, outbox
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_NAMED = 1_000  # invitations that are looked at, for each identity: 300 KB, one request
MAX_REASONS = 20  # that others are told
MAX_PARTICIPATIONS = 10  # of one identity
PARTICIPATION, PARTICIPANT = "participation", "participant"


@dataclass(frozen=True)
class Took:
    """That somebody took part: when, and which invitations they had followed."""

    person: Person
    occurred_at: datetime
    consented_at: datetime
    followed: Sequence[tuple[str, datetime]] = ()  # tokens of links, and when


def record(
    organization_id: str,
    promotion: Promotion,
    took: Took,
    *,
    claim: Claim | None,
    now: datetime,
) -> Participation:
    """Store that somebody took part, and who brought them; the reward follows from its event.

    Who is said again to have taken part is as they were; where the reward is open it is tried
    again. The identities said together are one person's from then on. A query for each identity, a
    read for each link; one transaction: 2 items, 2 more for each identity, 2 for each pair of them,
    1 for each other inviter, a claim. Raises AlreadyClaimed.
    """
    item = _decided(organization_id, promotion, took)
    item.recorded_at = now
    transaction = Transaction()
    if claim is not None:
        claim.take(transaction, now)
    transaction.put(item, Participation.key.does_not_exist(), ParticipationExists())
    for key in took.person.known.keys:
        place = place_of(organization_id, promotion.promotion_id, key)
        name = ids.key(PARTICIPANT, item.participation_id)
        transaction.put(Participant(place, name, participation_id=item.participation_id, at=now))
    said = Statement(took.person.said, took.person.user_id)
    for each in people.items_of(organization_id, said, now):
        transaction.put(each)
    if item.state == State.WAITING:
        for outcome in _outcomes(organization_id, promotion.promotion_id, item, now):
            transaction.put(outcome)
        _emit(transaction, organization_id, promotion.promotion_id, item, now)
    try:
        transaction.commit()
    except ParticipationExists as refusal:
        return _again(organization_id, promotion, refusal.current, claim, now)
    return item


def _again(
    organization_id: str,
    promotion: Promotion,
    item: Participation,
    claim: Claim | None,
    now: datetime,
) -> Participation:
    if item.state in OPEN_STATES:
        transaction = Transaction()
        if claim is not None:
            claim.take(transaction, now)
        _emit(transaction, organization_id, promotion.promotion_id, item, now)
        transaction.commit()
    return item


def load_participation(
    organization_id: str, promotion_id: str, participation_id: str
) -> Participation:
    """Return a participation as it is now: one read. Raises NotFound."""
    found = find_participation(organization_id, promotion_id, participation_id)
    if found is None:
        raise NotFound("There is no such participation.")
    return found


def find_participation(
    organization_id: str, promotion_id: str, participation_id: str
) -> Participation | None:
    """Return a participation as it is now: one read."""
    place = place_of(organization_id, promotion_id, participation_id)
    return find(Participation, place, PARTICIPATION)


def version_of(item: Participation) -> int | None:
    """Return by which version of the promotion it goes; None: it is of an earlier release."""
    version: float | None = item.promotion_version
    return None if version is None else int(version)


def participations_of(
    organization_id: str, promotion_id: str, person_keys: Sequence[str]
) -> list[str]:
    """Return the participations of who has one of these identities: a query for each."""
    found: dict[str, None] = {}
    for key in person_keys:
        place = place_of(organization_id, promotion_id, key)
        start = Participant.item.startswith(f"{PARTICIPANT}#")
        for item in Participant.query(place, start, limit=MAX_PARTICIPATIONS, consistent_read=True):
            found[item.participation_id] = None
    return list(found)


def candidates_of(organization_id: str, promotion: Promotion, took: Took) -> tuple[Candidate, ...]:
    """Return the invitations that a participant had: a query for each identity, a read a link."""
    named = _named(organization_id, promotion.promotion_id, took.person.known.keys)
    followed = _followed(organization_id, promotion.promotion_id, took.followed)
    return tuple(dict.fromkeys([*named, *followed]))


def _named(organization_id: str, promotion_id: str, keys: Sequence[str]) -> Iterator[Candidate]:
    for key in keys:
        place = place_of(organization_id, promotion_id, key)
        start = Invited.item.startswith(f"{INVITED}#")
        for item in Invited.query(place, start, limit=MAX_NAMED, consistent_read=True):
            yield Candidate(
                item.inviter, TARGETED, item.at, item.invitation_id, expires_at=item.expires_at
            )


def _followed(
    organization_id: str, promotion_id: str, followed: Sequence[tuple[str, datetime]]
) -> Iterator[Candidate]:
    for token, at in followed:
        link = find_link(token)
        if link and (link.organization_id, link.promotion_id) == (organization_id, promotion_id):
            yield Candidate(link.inviter, OPEN, at, expires_at=link.expires_at)


def _decided(organization_id: str, promotion: Promotion, took: Took) -> Participation:
    candidates = candidates_of(organization_id, promotion, took)
    moment, keys = took.occurred_at, took.person.known.keys
    window = timedelta(days=promotion.window_days)
    found = attribution.attribute(promotion.attribution, candidates, moment, keys, window)
    why = rules.why_no_newcomer(
        promotion,
        took.person.known,
        moment,
        named=attribution.is_expected(candidates, moment, keys),
        opened=any(each.kind == OPEN for each in candidates),
    )
    named = {each.inviter: each.invitation_id for each in candidates if each.invitation_id}
    if why is None and found.winner is None:
        why = rules.NO_INVITER
    item = Participation(
        place_of(organization_id, promotion.promotion_id, took.person.key),
        PARTICIPATION,
        participation_id=took.person.key,
        user_id=took.person.user_id,
        keys=list(keys),
        is_newcomer=why is None,
        promotion_version=promotion.version,
        state=State.SERVED if why else State.WAITING,
        reason=why,
        occurred_at=moment,
        consented_at=took.consented_at,
        others=[[inviter, reason, named.get(inviter)] for inviter, reason in _told(found.reasons)],
        version=1,
    )
    if found.winner is not None and why is None:
        item.inviter, item.invitation_id = found.winner.inviter, found.winner.invitation_id or None
    return item


def _told(reasons: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return who is told why theirs does not count: those first who could not know it already."""
    return sorted(reasons.items(), key=lambda each: each[1] != ANOTHER)[:MAX_REASONS]


def _outcomes(
    organization_id: str,
    promotion_id: str,
    item: Participation,
    now: datetime,
) -> Iterator[Outcome]:
    """Yield what every inviter is told of a newcomer; a person key names nobody to them."""
    yield outcome_of(organization_id, promotion_id, item, now)
    for inviter, reason, invitation_id in item.others or ():
        place = place_of(organization_id, promotion_id, inviter)
        name = ids.key(OUTCOME, item.participation_id)
        yield Outcome(
            place, name, invitation_id=invitation_id, state="not_counted", reason=reason, at=now
        )


def outcome_of(
    organization_id: str, promotion_id: str, item: Participation, now: datetime
) -> Outcome:
    """Return what the inviter of a newcomer is told."""
    place = place_of(organization_id, promotion_id, str(item.inviter))
    name = ids.key(OUTCOME, item.participation_id)
    return Outcome(
        place,
        name,
        invitation_id=item.invitation_id,
        state=item.state,
        reason=item.reason,
        at=now,
    )


def _emit(
    transaction: Transaction,
    organization_id: str,
    promotion_id: str,
    item: Participation,
    now: datetime,
) -> None:
    outbox.emit(
        transaction,
        outbox.Event(
            id=ids.sortable(now),
            type="participation.recorded.v1",
            organization_id=organization_id,
            occurred_at=now,
            version=int(item.version),
            data={"promotion_id": promotion_id, "participation_id": item.participation_id},
        ),
    )
