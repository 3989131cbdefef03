"""The table of promotions and what follows from them (spec C). Docs: docs/promotion.md.

What happens to one person in a promotion stands under one partition key made of their keyed hash:
read by key, erased by one query. No item holds a phone number or an outside id.
"""

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class PromotionItem(Table):
    """What all items of the table share; every item is of one of the classes below."""

    class Meta:
        table_name = settings.text("PROMOTIONS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires = TTLAttribute(null=True)


class PromotionSettings(PromotionItem, discriminator="promotion"):
    """`organisation # promotions`, `promotion # id`: the definition, as it is now."""

    promotion_id = UnicodeAttribute()
    definition = UnicodeAttribute()  # JSON
    version = NumberAttribute()
    changed_at = Moment()


class PromotionTerms(PromotionItem, discriminator="terms"):
    """`organisation # promotions`, `terms # id # version`: a definition that was changed since."""

    definition = UnicodeAttribute()  # JSON
    version = NumberAttribute()
    changed_at = Moment()  # since when it was in force


class Inviter(PromotionItem, discriminator="inviter"):
    """`organisation # promotion # user's person key`, `inviter`: who takes part as an inviter."""

    user_id = UnicodeAttribute()
    token = UnicodeAttribute()  # of the open invitation's link
    joined_at = Moment()
    invited = NumberAttribute()  # people by name
    rewarded = NumberAttribute()


class Sent(PromotionItem, discriminator="sent"):
    """The inviter's partition, `sent # invitee's person key`: a targeted invitation."""

    invitation_id = UnicodeAttribute()
    token = UnicodeAttribute()
    invitee_keys = ListAttribute(of=UnicodeAttribute)
    reference = UnicodeAttribute(null=True)  # the inviter's own name for it, not a person's
    at = Moment()
    expires_at = Moment()


class Outcome(PromotionItem, discriminator="outcome"):
    """The inviter's partition, `outcome # participation`: what became of an invitation."""

    invitation_id = UnicodeAttribute(null=True)  # None: the open one
    state = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    at = Moment()


class Invited(PromotionItem, discriminator="invited"):
    """`organisation # promotion # person key`, `invited # id`: on the expected list (C3)."""

    invitation_id = UnicodeAttribute()
    inviter = UnicodeAttribute()
    first_key = UnicodeAttribute()  # by which the inviter's partition names it
    token = UnicodeAttribute()
    at = Moment()
    expires_at = Moment()


class Link(PromotionItem, discriminator="link"):
    """`link # token`, `link`: where a link leads."""

    organization_id = UnicodeAttribute()
    promotion_id = UnicodeAttribute()
    inviter = UnicodeAttribute()
    invitation_id = UnicodeAttribute(null=True)  # None: the open invitation
    invitee_keys = ListAttribute(of=UnicodeAttribute, null=True)
    expires_at = Moment(null=True)
    consented_at = Moment(null=True)


class Participation(PromotionItem, discriminator="participation"):
    """`organisation # promotion # user's person key`, `participation`."""

    participation_id = UnicodeAttribute()  # the user's person key
    user_id = UnicodeAttribute()
    keys = ListAttribute(of=UnicodeAttribute)
    is_newcomer = BooleanAttribute()
    promotion_version = NumberAttribute(null=True)  # None: of an earlier release
    state = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    inviter = UnicodeAttribute(null=True)
    invitation_id = UnicodeAttribute(null=True)
    others = JSONAttribute(null=True)  # [inviter, reason, invitation]: why not they
    rewards = JSONAttribute(null=True)  # the ids of both rewards
    occurred_at = Moment()
    consented_at = Moment()
    recorded_at = Moment(null=True)
    settled_at = Moment(null=True)
    version = NumberAttribute()


class Participant(PromotionItem, discriminator="participant"):
    """`organisation # promotion # person key`, `participant`: whose participation this is."""

    participation_id = UnicodeAttribute()
    at = Moment(null=True)


class Told(PromotionItem, discriminator="told"):
    """`organisation # promotion # user's person key`, `told`: the promotion was pushed (C1)."""

    push_id = UnicodeAttribute()
    at = Moment()


class OptOut(PromotionItem, discriminator="opt_out"):
    """`organisation # person key`, `opt_out`: wants to be invited by nobody (C6)."""

    at = Moment()
