"""One table: campaigns with their versions and members, days and signups, and personal links.

All of a campaign stands in one partition. Access patterns: docs/campaigns.md.
"""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    IncludeProjection,
    KeysOnlyProjection,
)

from sluice.shared import settings
from sluice.shared.table import Moment, Table

_NAME = settings.text("CAMPAIGNS_TABLE")


class CampaignsByOrganization(GlobalSecondaryIndex[Any]):
    """An organisation's campaigns by id, with what a list shows."""

    class Meta:
        index_name = "by_organization"
        projection = IncludeProjection(["title", "status", "version", "starts_at", "ends_at"])

    organization_id = UnicodeAttribute(hash_key=True)
    campaign_id = UnicodeAttribute(range_key=True)


class CampaignsByDue(GlobalSecondaryIndex[Any]):
    """Campaigns by when something is to be done about them."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class CampaignItem(Table):
    """`campaign`: a campaign as it is now; `version # 9 digits`: as it was in that version."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)  # organisation # campaign
    item = UnicodeAttribute(range_key=True)
    definition = UnicodeAttribute()  # JSON of rules.campaigns.Definition
    title = UnicodeAttribute()
    status = UnicodeAttribute()
    version = NumberAttribute()
    starts_at = Moment()
    ends_at = Moment()
    currency = UnicodeAttribute(null=True)  # of every reward, from the first published one on
    base_url = UnicodeAttribute(
        null=True
    )  # where the API was reached: links in notices begin with it
    changed_at = Moment()
    organization_id = UnicodeAttribute(null=True)  # of `campaign` alone
    campaign_id = UnicodeAttribute(null=True)
    by_organization = CampaignsByOrganization()


class PictureItem(Table):
    """`picture`: the file of a campaign's picture (B3), by the hash of what is in it.

    Apart from the campaign, since another call changes it.
    """

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True, default="picture")
    content_hash = UnicodeAttribute(null=True)  # null: it was taken away
    width = NumberAttribute(null=True)  # pixels
    height = NumberAttribute(null=True)
    changed_at = Moment()


class RoundItem(Table):
    """`round`: how far the round has come that brings a campaign's members in line.

    Apart from the campaign, which is large, since it is written at every step.
    """

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    version = NumberAttribute()  # of the campaign that is brought in line
    phase = UnicodeAttribute()
    after = UnicodeAttribute(null=True)  # the last member who was looked at
    members = NumberAttribute(default=0)  # who take part, as far as this walk has counted
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)
    by_due = CampaignsByDue()


class ParticipationsByMember(GlobalSecondaryIndex[Any]):
    """The campaigns that a member was invited to, by when."""

    class Meta:
        index_name = "by_member"
        projection = KeysOnlyProjection()  # counters change all the time

    member_key = UnicodeAttribute(hash_key=True)  # organisation # member
    invited_at = Moment(range_key=True)


class Participation(Table):
    """`member # id`: a member in a campaign, with a code and a link of their own (B1, B7).

    The counters are written in the transactions of their causes; they equal a recount.
    """

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    member_id = UnicodeAttribute()
    name = UnicodeAttribute()
    code = UnicodeAttribute()
    token = UnicodeAttribute()  # of the personal link: who has it is the member
    invited_at = Moment()
    told_version = NumberAttribute()  # of the campaign, that code and notice are in line with
    removed_at = Moment(null=True)
    signups = NumberAttribute(default=0)
    participations = NumberAttribute(default=0)
    cancelled = NumberAttribute(default=0)
    rewards_minor = NumberAttribute(default=0)
    views_told = NumberAttribute(default=0)  # visitors that notices have told of
    views_told_at = Moment(null=True)
    summary_day = UnicodeAttribute(null=True)  # the last local day that was summed up
    member_key = UnicodeAttribute(null=True)
    by_member = ParticipationsByMember()


class Day(Table):
    """`day # member # 2026-11-23`: what a local day of the organisation brought a member."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    signups = NumberAttribute(default=0)
    participations = NumberAttribute(default=0)
    rewards_minor = NumberAttribute(default=0)


class Link(Table):
    """`link # token`, `link`: whose personal link this is.

    Its attributes have names of their own: with the campaign's it would stand in its index, too.
    """

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    organization_id = UnicodeAttribute(attr_name="link_organization_id")
    campaign_id = UnicodeAttribute(attr_name="link_campaign_id")
    member_id = UnicodeAttribute()


class SignupsBySalesperson(GlobalSecondaryIndex[Any]):
    """A salesperson's signups in a campaign, by when they were made."""

    class Meta:
        index_name = "by_salesperson"
        projection = AllProjection()

    salesperson_key = UnicodeAttribute(hash_key=True)  # organisation # campaign # salesperson
    place = UnicodeAttribute(range_key=True)  # signed_up_at # customer


class Signup(Table):
    """`signup # customer`: who signed up, by whom and with whom, and whether they took part (B6).

    It holds nothing personal: what they answered is an item of its own, that goes.
    """

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    customer_id = UnicodeAttribute()
    member_id = UnicodeAttribute()  # who brought them
    salesperson_id = UnicodeAttribute(null=True)  # whose the channel is; none of one of nobody's
    channel_id = UnicodeAttribute()
    assignment_id = UnicodeAttribute()
    code = UnicodeAttribute()
    version = NumberAttribute()  # of the campaign
    signed_up_at = Moment()
    signed_up_day = UnicodeAttribute()  # the organisation's; counted there
    outcome = UnicodeAttribute(null=True)
    outcome_at = Moment(null=True)
    outcome_day = UnicodeAttribute(null=True)  # on which a participation is counted
    history = JSONAttribute(null=True)  # of rules.feedback.Judged
    revision = NumberAttribute(default=1)
    rewards = NumberAttribute(default=0)  # ever granted: each has a natural key of its own
    reward_id = UnicodeAttribute(null=True)  # of the one that stands
    reward_minor = NumberAttribute(null=True)
    reward_day = UnicodeAttribute(null=True)
    unrewarded = UnicodeAttribute(null=True)  # why the ledger granted none
    salesperson_key = UnicodeAttribute(null=True)
    place = UnicodeAttribute(null=True)
    by_salesperson = SignupsBySalesperson()


class Answers(Table):
    """`answers # customer`: what a customer wrote into the form, and nowhere else."""

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    answers = JSONAttribute()
    expires = TTLAttribute()


class PersonSignup(Table):
    """`organisation # person # key`, `campaign # customer`: what is found when a person is erased.

    The key is a hash, as the people's; of each phone number that was answered.
    """

    class Meta:
        table_name = _NAME

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    at = Moment()  # when they signed up
    expires = TTLAttribute()
