"""One table: organisation id, then what the item is. Read by key or by organisation only."""

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table

_NAME = settings.text("ORGANIZATIONS_TABLE")


class Organization(Table):
    """`organization`: settings that every context reads."""

    class Meta:
        table_name = _NAME

    organization_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True, default="organization")
    name = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    locale = UnicodeAttribute()
    referral_amount_minor = NumberAttribute(null=True)
    referral_currency = UnicodeAttribute(null=True)
    referral_before = JSONAttribute(null=True)  # referrals.Former, the oldest first
    partner_count = NumberAttribute(null=True)
    phone_plan = JSONAttribute(null=True)  # how phone numbers without a country are understood
    promoter_tasks = JSONAttribute(null=True)  # weights and fee: rules.PromoterTasks
    privacy_url = UnicodeAttribute(null=True)  # what public pages link to
    wechat_account = UnicodeAttribute(null=True)  # the provider account that names customers
    created_at = Moment()
    version = NumberAttribute()


class Member(Table):
    """`member#id`: a person of the organisation; the roles here decide, not only the token's."""

    class Meta:
        table_name = _NAME

    organization_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    member_id = UnicodeAttribute()
    name = UnicodeAttribute()
    roles = UnicodeSetAttribute()
    tags = UnicodeSetAttribute(null=True)
    contact = JSONAttribute(null=True)
    email = UnicodeAttribute(null=True)
    login_email = UnicodeAttribute(null=True)  # the pool user last brought in line
    logins = UnicodeSetAttribute(null=True)  # others that may be open: closed by the next change
    active = BooleanAttribute(default=True)
    version = NumberAttribute()


class Partner(Table):
    """`partner#id`: a system that signs its calls. Its key is derived, not stored."""

    class Meta:
        table_name = _NAME

    organization_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    partner_id = UnicodeAttribute()
    name = UnicodeAttribute()
    key_version = NumberAttribute()
    previous_valid_until = Moment(null=True)
    quota = JSONAttribute(null=True)  # rules.Quota


class ChecksByDue(GlobalSecondaryIndex[Any]):
    """Organisations by when they are looked after, in 4 buckets."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class OrganizationCheck(Table):
    """When an organisation is looked after next: apart, since it is written each time."""

    class Meta:
        table_name = settings.text("CHECKS_TABLE")

    organization_id = UnicodeAttribute(hash_key=True)
    due_bucket = UnicodeAttribute()
    due_at = Moment()
    by_due = ChecksByDue()


class OrganizationLogo(Table):
    """`logo`: a PNG of at most 256 pixels a side, for the middle of codes."""

    class Meta:
        table_name = _NAME

    organization_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    image = BinaryAttribute(legacy_encoding=False, null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)


class ProviderAccount(Table):
    """`provider#id`: an account at a messaging provider; `sandbox` exists without an item."""

    class Meta:
        table_name = _NAME

    organization_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    account_id = UnicodeAttribute()
    type = UnicodeAttribute()
    settings = JSONAttribute(null=True)
    secret_reference = UnicodeAttribute(null=True)
    limits = JSONAttribute(null=True)
    problem = UnicodeAttribute(null=True)  # what the provider last said is wrong with it
    version = NumberAttribute()
