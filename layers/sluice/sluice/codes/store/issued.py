"""Verbs on codes (A2, A10)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from sluice.codes.refusals import CodeGone, CodeOfCampaign, CodeTaken, NoSuchCode, NoSuchReferrer
from sluice.codes.rules import codes as rules
from sluice.codes.rules.choice import Rule
from sluice.codes.tables import Code
from sluice.organizations.tables import Member
from sluice.shared import cursors, ids
from sluice.shared.claims import Claim
from sluice.shared.errors import Forbidden, NotFound, Problem
from sluice.shared.guard import Transaction
from sluice.shared.table import find, set_all, start_behind

MAX_LOOKED_AT = 1_000  # codes, for a page of those that are wanted
_PLACE = r"[0-9T:.-]{23}Z#[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"


class Wanted(msgspec.Struct, frozen=True):
    """What a code is for; the rule says how it chooses."""

    rule: Rule = Rule()
    referrer_id: str | None = None
    campaign_id: str | None = None
    expires_at: datetime | None = None
    batch_id: str | None = None
    lands_on: str | None = None  # `signup`: a scan leads to the campaign's page, not to a channel


def issue(
    organization_id: str,
    *,
    code: str,
    referrer_id: str | None,
    campaign_id: str | None,
    rule: Rule,
    expires_at: datetime | None,
    answer: Any,
    claim: Claim | None,
    now: datetime,
) -> None:
    """Store a code under a check that its referrer is an active member.

    One transaction of 1 to 3 items, 2 to 6 write units and 1 of the index. Raises NoSuchReferrer,
    CodeTaken, AlreadyClaimed.
    """
    transaction = Transaction()
    if claim:
        claim.take(transaction, now, answer)
    if referrer_id is not None:
        check_referrer(transaction, organization_id, referrer_id)
    wanted = Wanted(rule, referrer_id, campaign_id, expires_at)
    put_code(transaction, organization_id, code, wanted, now)
    transaction.commit()


def check_referrer(transaction: Transaction, organization_id: str, referrer_id: str) -> None:
    """Refuse the rest unless the referrer is an active member."""
    transaction.check(
        Member(organization_id, ids.key("member", referrer_id)),
        condition=Member.active == True,  # noqa: E712 - builds a condition
        otherwise=NoSuchReferrer(f"{referrer_id} is not an active member."),
    )


def put_code(
    transaction: Transaction, organization_id: str, code: str, wanted: Wanted, now: datetime
) -> None:
    """Add a new code to a transaction; refuses with CodeTaken."""
    moment = Code.created_at.serialize(now)
    transaction.put(
        Code(
            code,
            organization_id=organization_id,
            referrer_id=wanted.referrer_id,
            campaign_id=wanted.campaign_id,
            batch_id=wanted.batch_id,
            lands_on=wanted.lands_on,
            rule=msgspec.to_builtins(wanted.rule),
            status=rules.ACTIVE,
            expires_at=wanted.expires_at,
            created_at=now,
            issued=ids.key(moment, code),
        ),
        Code.code.does_not_exist(),
        CodeTaken(),
    )


def read_code(code: str, now: datetime) -> Code:
    """Return a code that can be used now. Raises NotFound, CodeGone. One read unit."""
    found = find(Code, code)
    if found is None:
        raise NotFound("There is no such code.")
    if rules.state_of(found.status, found.expires_at, now) != rules.ACTIVE:
        raise CodeGone
    return found


def lands_on(code: str) -> str | None:
    """Return where scans of a code lead, whatever its state: one read. None: to a channel."""
    found = find(Code, code)
    return found.lands_on if found is not None else None


def read_own(organization_id: str, code: str, owner_id: str | None) -> Code:
    """Return a code of the organisation, whatever its state; `owner_id` as in `change_code`.

    One read unit. Raises NoSuchCode, Forbidden.
    """
    found = find(Code, code)
    problem = _not_theirs(found, organization_id, owner_id)
    if problem or found is None:
        raise problem or NoSuchCode
    return found


def change_code(organization_id: str, code: str, wanted: Wanted, owner_id: str | None) -> None:
    """Change how a code chooses, its tag and its expiry; it stays what is printed (A2).

    Where there is an `owner_id` the code must be that referrer's. 2 write units and 1 of the
    index. Raises NoSuchCode, Forbidden, CodeOfCampaign, CodeGone: it was retired.
    """
    condition = (Code.status == rules.ACTIVE) & Code.lands_on.does_not_exist()
    _write_own(organization_id, code, _changes(wanted), condition, owner_id)


def add_change(transaction: Transaction, organization_id: str, code: str, wanted: Wanted) -> None:
    """Add to a transaction what `change_code` does; refuses with CodeGone: also of no such code."""
    condition = (Code.organization_id == organization_id) & (Code.status == rules.ACTIVE)
    transaction.update(Code(code), _changes(wanted), condition=condition, otherwise=CodeGone())


def add_retirement(transaction: Transaction, organization_id: str, code: str) -> None:
    """Add to a transaction what `retire_code` does; refuses with CodeGone: there is no such."""
    transaction.update(
        Code(code),
        [Code.status.set(rules.RETIRED)],
        condition=Code.organization_id == organization_id,
        otherwise=CodeGone(),
    )


def _changes(wanted: Wanted) -> list[Any]:
    rule = msgspec.to_builtins(wanted.rule)
    changes = {"campaign_id": wanted.campaign_id, "expires_at": wanted.expires_at}
    return set_all(Code, {"rule": rule, **changes})


def retire_code(organization_id: str, code: str, owner_id: str | None) -> None:
    """Let nobody use the code any more, for good; repeated it changes nothing.

    Functions that remember the code serve it for up to 5 s. 2 write units and 1 of the index.
    Raises NoSuchCode, Forbidden.
    """
    actions = [Code.status.set(rules.RETIRED)]
    _write_own(organization_id, code, actions, Code.code.exists(), owner_id)


def _write_own(
    organization_id: str, code: str, actions: Sequence[Any], condition: Any, owner_id: str | None
) -> None:
    condition &= Code.organization_id == organization_id
    if owner_id is not None:
        condition &= Code.referrer_id == owner_id
    transaction = Transaction()
    transaction.update(Code(code), actions, condition=condition, otherwise=CodeGone())
    try:
        transaction.commit()
    except CodeGone as refused:
        found: Code | None = refused.current
        problem = _not_theirs(found, organization_id, owner_id)
        if problem is None and found is not None and found.lands_on is not None:
            problem = CodeOfCampaign()
        if problem is None:
            raise
        raise problem from None


def _not_theirs(found: Code | None, organization_id: str, owner_id: str | None) -> Problem | None:
    if found is None or found.organization_id != organization_id:
        return NoSuchCode()
    if owner_id is not None and found.referrer_id != owner_id:
        return Forbidden("A member manages the codes of their own.")
    return None


def list_codes(
    organization_id: str, wanted: rules.Filter, limit: int, cursor: str, now: datetime
) -> tuple[Sequence[Code], str | None]:
    """Return a page of codes, the newest first, and the cursor of the next.

    One query of the index, of 1,000 codes at most: where few are wanted a page may be short, even
    empty, and a cursor leads on.
    """
    start = _after(organization_id, cursors.place_in(cursor, _PLACE)) if cursor else None
    most = limit if wanted.takes_all else MAX_LOOKED_AT
    page = Code.by_organization.query(
        organization_id, limit=most, scan_index_forward=False, last_evaluated_key=start
    )
    found, last, looked_at = [], "", 0
    for code in page:
        last, looked_at = code.issued, looked_at + 1
        state = rules.state_of(code.status, code.expires_at, now)
        if wanted.takes(code.referrer_id, code.campaign_id, state):
            found.append(code)
            if len(found) == limit:
                break
    more = looked_at == most or len(found) == limit
    return found, cursors.cursor_of(last) if more else None


def _after(organization_id: str, issued: str) -> dict[str, dict[str, str]]:
    code = issued.split("#", 1)[1]
    return start_behind(organization_id=organization_id, issued=issued, code=code)


def rule_of(code: Code) -> Rule:
    """Return the rule stored with a code."""
    return msgspec.convert(code.rule, Rule)
