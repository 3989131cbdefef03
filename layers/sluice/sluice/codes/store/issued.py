"""Verbs on codes (A2)."""

from datetime import datetime
from typing import Any

import msgspec

from sluice.codes.refusals import CodeGone, CodeTaken, NoSuchReferrer
from sluice.codes.rules.choice import Rule
from sluice.codes.tables import Code
from sluice.organizations.tables import Member
from sluice.shared import ids
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find


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

    One transaction of 1 to 3 items, 2 to 6 write units. Raises NoSuchReferrer, CodeTaken,
    AlreadyClaimed.
    """
    transaction = Transaction()
    if claim:
        claim.take(transaction, now, answer)
    if referrer_id is not None:
        transaction.check(
            Member(organization_id, ids.key("member", referrer_id)),
            condition=Member.active == True,  # noqa: E712 - builds a condition
            otherwise=NoSuchReferrer(),
        )
    transaction.put(
        Code(
            code,
            organization_id=organization_id,
            referrer_id=referrer_id,
            campaign_id=campaign_id,
            rule=msgspec.to_builtins(rule),
            status="active",
            expires_at=expires_at,
            created_at=now,
        ),
        Code.code.does_not_exist(),
        CodeTaken(),
    )
    transaction.commit()


def read_code(code: str, now: datetime) -> Code:
    """Return a code that can be used now. Raises NotFound, CodeGone. One read unit."""
    found = find(Code, code)
    if found is None:
        raise NotFound("There is no such code.")
    expires_at: datetime | None = found.expires_at
    if found.status != "active" or (expires_at is not None and expires_at <= now):
        raise CodeGone
    return found


def rule_of(code: Code) -> Rule:
    """Return the rule stored with a code."""
    return msgspec.convert(code.rule, Rule)
