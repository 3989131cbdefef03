"""Logins in the user pool. Every step may be repeated; a user belongs to one organisation."""

from typing import TYPE_CHECKING

from sluice.organizations import rules
from sluice.organizations.tables import Member
from sluice.shared import settings, telemetry
from sluice.shared.clients import client
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction

if TYPE_CHECKING:
    from collections.abc import Mapping


class MemberChanged(Refusal):
    """The member was changed meanwhile."""

    slug, title = "member-changed", "The member was changed meanwhile"


def sync(organization_id: str, member: Member) -> None:
    """Make the pool user say what the member says: present, enabled, in the roles' groups.

    Raises MemberChanged when the member was changed meanwhile: the event is tried again, so that
    of two at once the later state stays.
    """
    previous, wanted = member.login_email, member.email if member.active else None
    if previous and previous != wanted:
        _disable(organization_id, member, previous)
    kept = wanted if wanted and _ensure(organization_id, member, wanted) else None
    _remember(member, kept)


def _ensure(organization_id: str, member: Member, email: str) -> bool:
    """Bring the user in line; tells whether it is this member's."""
    cognito, pool = client("cognito-idp"), settings.text("USER_POOL_ID")
    try:
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "custom:organization_id", "Value": organization_id},
                {"Name": "custom:member_id", "Value": member.member_id},
            ],
            DesiredDeliveryMediums=["EMAIL"],
        )
    except cognito.exceptions.UsernameExistsException:
        if not _is_ours(organization_id, email, member.member_id):
            telemetry.logger.warning("login_belongs_to_another_member")
            return False
        cognito.admin_enable_user(UserPoolId=pool, Username=email)
    answer = cognito.admin_list_groups_for_user(UserPoolId=pool, Username=email, Limit=60)
    present = {group["GroupName"] for group in answer["Groups"]} & rules.ROLES
    for role in set(member.roles) - present:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=role)
    for role in present - set(member.roles):
        cognito.admin_remove_user_from_group(UserPoolId=pool, Username=email, GroupName=role)
    return True


def _disable(organization_id: str, member: Member, email: str) -> None:
    if _is_ours(organization_id, email, member.member_id):
        pool = settings.text("USER_POOL_ID")
        client("cognito-idp").admin_disable_user(UserPoolId=pool, Username=email)


def _is_ours(organization_id: str, email: str, member_id: str) -> bool:
    found = _attributes(email)
    return (found.get("custom:organization_id"), found.get("custom:member_id")) == (
        organization_id,
        member_id,
    )


def _attributes(email: str) -> "Mapping[str, str]":
    cognito = client("cognito-idp")
    try:
        user = cognito.admin_get_user(UserPoolId=settings.text("USER_POOL_ID"), Username=email)
    except cognito.exceptions.UserNotFoundException:
        return {}
    return {pair["Name"]: pair["Value"] for pair in user["UserAttributes"]}


def _remember(member: Member, email: str | None) -> None:
    transaction = Transaction()
    transaction.update(
        member,
        [Member.login_email.set(email) if email else Member.login_email.remove()],
        condition=Member.version == member.version,
        otherwise=MemberChanged(),
    )
    transaction.commit()
