"""Somebody must remain an operator who can sign in: else nobody could ever change anything again.

Whoever stops being one does so in a transaction that checks another one, who is. Of two operators
who leave at once each would check the other: one of the transactions fails, finds nobody, and is
refused.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from pynamodb.expressions.condition import Condition

from sluice.organizations import rules
from sluice.organizations.refusals import LastOperator
from sluice.organizations.tables import Member
from sluice.shared import guard, ids
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction

MAX_TRIES = 3
MAX_PAGES = 20  # of 1 MB, in which another operator is looked for

type Write = Callable[[Transaction, Condition | None], None]


class Leaves(Refusal):
    """The member is an operator who can sign in, and would be none any more."""


def is_one(settings: Mapping[str, Any]) -> bool:
    """Tell whether an operator who can sign in is one still with these settings."""
    is_active, email = settings.get("active", True), settings.get("email", "kept")
    return rules.OPERATOR in settings["roles"] and bool(is_active and email)


def leave(organization_id: str, member_id: str, write: Write) -> None:
    """Write a member who is no operator from now on, if they were none or another one remains.

    One transaction; two and a query where they were one. Raises LastOperator.
    """
    try:
        write(Transaction(), ~_is_one())
    except Leaves:
        _leave(organization_id, member_id, write)


def _leave(organization_id: str, member_id: str, write: Write) -> None:
    for _ in guard.attempts(MAX_TRIES):
        other = _another(organization_id, member_id)
        if other is None:
            raise LastOperator
        transaction = Transaction()
        transaction.check(
            Member(organization_id, ids.key("member", other)),
            condition=_is_one(),
            otherwise=Leaves(),
        )
        try:
            write(transaction, None)
        except Leaves:
            continue
        return


def _another(organization_id: str, member_id: str) -> str | None:
    found = Member.query(
        organization_id,
        Member.item.startswith("member#"),
        filter_condition=_is_one() & (Member.member_id != member_id),
        consistent_read=True,
    )
    for page in islice(found.page_iter, MAX_PAGES):
        for item in page["Items"]:
            return str(item["member_id"]["S"])
    return None


def _is_one() -> Condition:
    is_active = Member.active == True  # noqa: E712 - builds a condition
    is_one: Condition = is_active & Member.email.exists() & Member.roles.contains(rules.OPERATOR)
    return is_one
