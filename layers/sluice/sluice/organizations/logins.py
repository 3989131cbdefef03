"""Logins in the user pool. Every step may be repeated; a user belongs to one organisation."""

from typing import TYPE_CHECKING, Any

from sluice.organizations import rules, store
from sluice.organizations.tables import Member
from sluice.shared import settings, telemetry
from sluice.shared.clients import client
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction
from sluice.shared.table import set_all

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LOGINS = 20  # of a member that are closed by one run; there is hardly ever more than one


class MemberChanged(Refusal):
    """The member was changed meanwhile."""

    slug, title = "member-changed", "The member was changed meanwhile"


def sync(organization_id: str, member: Member) -> None:
    """Make the pool user say what the member says: present, enabled, in the roles' groups.

    An address is noted before its user is opened, and stays noted until that is surely closed:
    whatever ends or comes between, a later run knows which addresses it may have to close. Two
    writes where the address is another one, else one. Raises MemberChanged when the member was
    changed meanwhile: the event is tried again, so that of two at once the later state stays.
    """
    wanted = _wanted(member)
    noted: set[str] = {*(member.logins or ())}
    known = noted | ({member.login_email} if member.login_email else set())
    if wanted and wanted not in known:
        noted.add(wanted)
        _write(member, {"logins": noted})
    others = sorted(known - {wanted})[:MAX_LOGINS]
    closed = {email for email in others if _close(organization_id, member, email)}
    is_theirs = bool(wanted) and _ensure(organization_id, member, str(wanted))
    try:
        kept = {"login_email": wanted if is_theirs else None, "logins": noted - closed - {wanted}}
        _write(member, kept)
    except MemberChanged:
        if is_theirs:
            _take_back(organization_id, member, str(wanted))
        raise


def _wanted(member: Member) -> str | None:
    email: str | None = member.email
    return email if member.active else None


def _take_back(organization_id: str, member: Member, email: str) -> None:
    """Close what was opened too late: the run for the later state may have closed it before."""
    now = store.find_member(organization_id, member.member_id)
    if now is not None and _wanted(now) != email:
        _close(organization_id, member, email)


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
        if not _is_of(_attributes(email), organization_id, member.member_id):
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


def _close(organization_id: str, member: Member, email: str) -> bool:
    """Disable the member's user of that address; False: there is none, or not yet."""
    found = _attributes(email)
    if found and _is_of(found, organization_id, member.member_id):
        pool = settings.text("USER_POOL_ID")
        client("cognito-idp").admin_disable_user(UserPoolId=pool, Username=email)
    return bool(found)


def _is_of(found: "Mapping[str, str]", organization_id: str, member_id: str) -> bool:
    named = found.get("custom:organization_id"), found.get("custom:member_id")
    return named == (organization_id, member_id)


def _attributes(email: str) -> "Mapping[str, str]":
    cognito = client("cognito-idp")
    try:
        user = cognito.admin_get_user(UserPoolId=settings.text("USER_POOL_ID"), Username=email)
    except cognito.exceptions.UserNotFoundException:
        return {}
    return {pair["Name"]: pair["Value"] for pair in user["UserAttributes"]}


def _write(member: Member, changes: "Mapping[str, Any]") -> None:
    transaction = Transaction()
    transaction.update(
        member,
        set_all(Member, changes),
        condition=Member.version == member.version,
        otherwise=MemberChanged(),
    )
    transaction.commit()
