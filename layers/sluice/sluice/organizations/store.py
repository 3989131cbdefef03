"""Verbs on organisations, members and provider accounts."""

import zlib
from datetime import datetime
from typing import Any

import msgspec
from pynamodb.expressions.condition import Condition

from sluice.organizations import operators
from sluice.organizations.refusals import (
    NoSuchOrganization,
    OrganizationExists,
    ProblemChanged,
    ProblemKnown,
    ProviderTypeFixed,
)
from sluice.organizations.rules import PhonePlan
from sluice.organizations.tables import (
    Member,
    Organization,
    OrganizationCheck,
    ProviderAccount,
)
from sluice.shared import clock, ids, outbox
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find, set_all

SANDBOX, WECHAT = "sandbox", "wechat"
CHECK_BUCKETS = 4
FIRST_OPERATOR = "first-operator"


def create_organization(
    organization_id: str, settings: dict[str, Any], now: datetime, operator_email: str | None
) -> int:
    """Create an organisation and invite its first operator; the login follows by the outbox.

    Returns the version of its settings. Repeated with the same settings it changes nothing. One
    transaction of 2 or 4 items. Raises OrganizationExists: with other settings.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    transaction = Transaction()
    transaction.put(
        Organization(organization_id, "organization", created_at=now, version=1, **given),
        Organization.organization_id.does_not_exist(),
        OrganizationExists(),
    )
    transaction.put(
        OrganizationCheck(
            organization_id,
            due_bucket=str(zlib.crc32(organization_id.encode()) % CHECK_BUCKETS),
            due_at=now,
        )
    )
    if operator_email:
        member = {"name": "First operator", "roles": {"operator"}, "email": operator_email}
        _write_member(transaction, organization_id, FIRST_OPERATOR, member, now)
    try:
        transaction.commit()
    except OrganizationExists as refusal:
        first = find_member(organization_id, FIRST_OPERATOR)
        is_same = all(getattr(refusal.current, name) == value for name, value in settings.items())
        if not is_same or operator_email != (first.email if first else None):
            raise
        return int(refusal.current.version)
    return 1


def put_member(
    organization_id: str, member_id: str, settings: dict[str, Any], now: datetime
) -> None:
    """Create or change a member; a login follows by the outbox. One transaction of 2 items.

    What `settings` do not name stays as it is. Where an operator would be one no more another one
    is looked for, and checked in a second transaction. Raises NoSuchOrganization, LastOperator.
    """

    def write(transaction: Transaction, condition: Condition | None) -> None:
        transaction.check(
            Organization(organization_id, "organization"),
            condition=Organization.organization_id.exists(),
            otherwise=NoSuchOrganization(),
        )
        _write_member(transaction, organization_id, member_id, settings, now, condition=condition)
        transaction.commit()

    if operators.is_one(settings):
        write(Transaction(), None)
    else:
        operators.leave(organization_id, member_id, write)


def _write_member(
    transaction: Transaction,
    organization_id: str,
    member_id: str,
    settings: dict[str, Any],
    now: datetime,
    *,
    condition: Condition | None = None,
) -> None:
    item = Member(organization_id, ids.key("member", member_id))
    actions = [
        Member.member_id.set(member_id),
        Member.version.set((Member.version | 0) + 1),
        *set_all(Member, {"active": Member.active | True, **settings}),
    ]
    if condition is None:
        transaction.upsert(item, actions)
    else:
        transaction.update(item, actions, condition=condition, otherwise=operators.Leaves())
    outbox.emit(
        transaction,
        outbox.Event(
            id=ids.sortable(now),
            type="member.changed.v1",
            organization_id=organization_id,
            occurred_at=now,
            version=1,
            data={"member_id": member_id},
        ),
    )


def put_provider_account(organization_id: str, account_id: str, settings: dict[str, Any]) -> None:
    """Create or change an account at a provider; what depends on it follows by the outbox.

    Raises NoSuchOrganization, ProviderTypeFixed.
    """
    account_type = ProviderAccount.type
    transaction = Transaction()
    organization = Organization(organization_id, "organization")
    exists, missing = Organization.organization_id.exists(), NoSuchOrganization()
    if settings["type"] == WECHAT:
        named = [Organization.wechat_account.set(account_id)]
        transaction.update(organization, named, condition=exists, otherwise=missing)
    else:
        transaction.check(organization, condition=exists, otherwise=missing)
    transaction.update(
        ProviderAccount(organization_id, ids.key("provider", account_id)),
        [
            ProviderAccount.account_id.set(account_id),
            ProviderAccount.version.set((ProviderAccount.version | 0) + 1),
            ProviderAccount.problem.remove(),
            *set_all(ProviderAccount, settings),
        ],
        condition=account_type.does_not_exist() | (account_type == settings["type"]),
        otherwise=ProviderTypeFixed(),
    )
    now = clock.now()
    event = outbox.Event(
        id=f"account.{ids.sortable(now)}",
        type="provider.changed.v1",
        organization_id=organization_id,
        occurred_at=now,
        version=1,
        data={"account_id": account_id, "type": settings["type"]},
    )
    outbox.emit(transaction, event)
    transaction.commit()


def note_problem(
    transaction: Transaction, organization_id: str, account_id: str, problem: str
) -> None:
    """Show what a provider says is wrong, until a sync ends well or the account is put again.

    Refuses with ProblemKnown.
    """
    shown = ProviderAccount.problem
    transaction.update(
        ProviderAccount(organization_id, ids.key("provider", account_id)),
        [shown.set(problem)],
        condition=ProviderAccount.type.exists() & (shown.does_not_exist() | (shown != problem)),
        otherwise=ProblemKnown(),
    )


def clear_problem(organization_id: str, account_id: str, problem: str) -> None:
    """Show this problem no more: 2 write units. Raises ProblemChanged: another one stays."""
    transaction = Transaction()
    transaction.update(
        ProviderAccount(organization_id, ids.key("provider", account_id)),
        [ProviderAccount.problem.remove()],
        condition=ProviderAccount.problem == problem,
        otherwise=ProblemChanged(),
    )
    transaction.commit()


def find_organization(organization_id: str) -> Organization:
    """Return the organisation. Raises NotFound."""
    found = find(Organization, organization_id, "organization")
    if found is None:
        raise NotFound("There is no such organisation.")
    return found


def phone_plan_of(organization: Organization) -> PhonePlan | None:
    """Return how an organisation writes phone numbers of its country. None: that is not set."""
    return msgspec.convert(organization.phone_plan, PhonePlan | None)


def find_member(organization_id: str, member_id: str) -> Member | None:
    """Return the member, or None."""
    return find(Member, organization_id, ids.key("member", member_id))


def find_provider_account(organization_id: str, account_id: str) -> ProviderAccount:
    """Return a provider account; `sandbox` is there from the start. Raises NotFound."""
    found = find(ProviderAccount, organization_id, ids.key("provider", account_id))
    if found is not None:
        return found
    if account_id != SANDBOX:
        raise NotFound("There is no such provider account.")
    return ProviderAccount(
        organization_id, ids.key("provider", SANDBOX), account_id=SANDBOX, type=SANDBOX, version=0
    )
