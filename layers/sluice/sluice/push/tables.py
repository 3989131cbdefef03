"""The tables of pushes. Access patterns: docs/push.md.

Everything of one push stands under one partition key, so that one query shows it whole: its plan,
its state, its attempts and its receipts. Two kinds of look-up items stand beside them.
"""

from typing import Any

import msgspec
from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.constants import STRING
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from sluice.push.rules.figures import Leg
from sluice.push.rules.strategies import Plan
from sluice.shared import settings
from sluice.shared.table import Moment, Table

# Begins the ids of messages of which a provider tells without organisation and account.
UNNAMED = "sns:"


class PlanAttribute(Attribute[Plan]):
    """A plan as JSON."""

    attr_type = STRING

    def serialize(self, value: Plan) -> str:
        """Return the JSON text."""
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> Plan:
        """Return the plan."""
        return msgspec.json.decode(value, type=Plan)


class LegsAttribute(Attribute[tuple[Leg, ...]]):
    """Channels with their prices, as JSON."""

    attr_type = STRING

    def serialize(self, value: tuple[Leg, ...]) -> str:
        """Return the JSON text."""
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> tuple[Leg, ...]:
        """Return the channels."""
        return msgspec.json.decode(value, type=tuple[Leg, ...])


class PushesByDue(GlobalSecondaryIndex[Any]):
    """Pushes that somebody must look at, by when; sparse: an ended push is in no bucket."""

    class Meta:
        index_name = "by_due"
        projection = IncludeProjection(["kind"])

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class AttemptsByUser(GlobalSecondaryIndex[Any]):
    """A user's attempts through one provider account: for receipts that name neither id (E4).

    Also a user's pushes, under a key that no account has.
    """

    class Meta:
        index_name = "by_user"
        projection = IncludeProjection(["kind"])

    # organisation # account # user; of a push organisation # user
    account_user = UnicodeAttribute(hash_key=True)
    created_at = Moment(range_key=True)


class PushItem(Table):
    """What all items of the table share; every item is of one of the classes below."""

    class Meta:
        table_name = settings.text("PUSHES_TABLE")

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires = TTLAttribute(null=True)
    by_due = PushesByDue()
    by_user = AttemptsByUser()


class Push(PushItem, discriminator="push"):
    """`organisation # push`, `push`: where a push stands; small, because each step writes it."""

    organization_id = UnicodeAttribute()
    push_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    strategy_id = UnicodeAttribute()
    strategy_version = NumberAttribute()
    status = UnicodeAttribute()
    position = NumberAttribute()  # of the latest attempt; -1 before the first
    version = NumberAttribute()  # one more with every change of state
    created_at = Moment()
    reached_position = NumberAttribute(null=True)
    ended_at = Moment(null=True)
    why = UnicodeAttribute(null=True)
    withheld_by = UnicodeAttribute(null=True)  # of a push that is withheld
    day = UnicodeAttribute(null=True)  # of the organisation, on which it counts
    legs = LegsAttribute(null=True)  # what figures need of the plan
    account_user = UnicodeAttribute(null=True)  # organisation # user
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)
    sweep_failures = NumberAttribute(null=True)  # of the sweeper in a row, since `due_at` was set
    run_id = UnicodeAttribute(null=True)  # of the run that made it
    run_batch = NumberAttribute(null=True)
    correlation_id = UnicodeAttribute(null=True)  # of what it was started by, for the logs


class PushPlan(PushItem, discriminator="plan"):
    """`organisation # push`, `plan`: the frozen strategy and the content; written once."""

    plan = PlanAttribute()


class Attempt(PushItem, discriminator="attempt"):
    """`organisation # push`, `attempt # position`: one message on one channel."""

    position = NumberAttribute()
    channel = UnicodeAttribute()
    account_id = UnicodeAttribute()
    account_user = UnicodeAttribute()
    tracking_id = UnicodeAttribute()
    # Leaves this table only towards Step Functions; none where a run sent without an execution.
    task_token = UnicodeAttribute(null=True)
    created_at = Moment()
    due_at = Moment()
    wanted = NumberAttribute()
    level = NumberAttribute()
    evidence = NumberAttribute()
    why = UnicodeAttribute(null=True)
    failed = BooleanAttribute(null=True)
    waste = BooleanAttribute(null=True)
    sent_at = Moment(null=True)
    settled_at = Moment(null=True)
    message_id = UnicodeAttribute(null=True)
    tries = NumberAttribute(null=True)  # how often it was given to the channel's providers
    tried_at = Moment(null=True)  # the latest of them, where it was not at once
    send_at = Moment(null=True)  # not before this; it has surely not left yet
    withheld = UnicodeAttribute(null=True)  # what forbade it: it was never given to a provider
    trail = UnicodeAttribute(null=True)  # the latest tries and what they waited for, as JSON
    price_micros = NumberAttribute()
    currency = UnicodeAttribute()
    price_level = NumberAttribute(null=True)  # of the receipt that told the price
    receipts = NumberAttribute(null=True)  # that came; the first are kept
    strategy_id = UnicodeAttribute(null=True)
    strategy_version = NumberAttribute(null=True)
    day = UnicodeAttribute(null=True)  # the push's


class ReceiptItem(PushItem, discriminator="receipt"):
    """`organisation # push`, `receipt # hash`: a receipt that came, and the claim on it."""

    position = NumberAttribute()
    status = UnicodeAttribute()
    found_by = UnicodeAttribute()
    effect = UnicodeAttribute()
    why = UnicodeAttribute()
    at = Moment(null=True)
    received_at = Moment()
    price_micros = NumberAttribute(null=True)
    currency = UnicodeAttribute(null=True)


class ConversionWindow(PushItem, discriminator="window"):
    """`organisation # push`, `window`: until when a user may convert, and whether they did (E6)."""

    user_id = UnicodeAttribute()
    strategy_id = UnicodeAttribute()
    strategy_version = NumberAttribute()
    day = UnicodeAttribute()
    held_out = BooleanAttribute()
    kinds = UnicodeSetAttribute()  # of behaviour
    content_id = UnicodeAttribute(null=True)
    opened_at = Moment()
    closes_at = Moment()
    converted = BooleanAttribute(null=True)  # not known before it is closed
    closed_at = Moment(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)
    sweep_failures = NumberAttribute(null=True)


class Lookup(PushItem, discriminator="lookup"):
    """From a tracking id or a provider's message id to the attempt, strongly consistent.

    A receipt by message id may arrive before the send has returned that id: it waits in `early`.
    """

    organization_id = UnicodeAttribute(null=True)
    push_id = UnicodeAttribute(null=True)
    position = NumberAttribute(null=True)
    early = UnicodeAttribute(null=True)  # receipts as JSON
    early_count = NumberAttribute(null=True)


class BehaviourItem(Table):
    """Something a user did, by user and time."""

    class Meta:
        table_name = settings.text("BEHAVIOURS_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # user
    item = UnicodeAttribute(range_key=True)  # time # hash
    kind = UnicodeAttribute()
    content_id = UnicodeAttribute(null=True)
    at = Moment()
    expires = TTLAttribute()


class SandboxMessage(Table):
    """A message that the sandbox provider delivered."""

    class Meta:
        table_name = settings.text("SANDBOX_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # user
    item = UnicodeAttribute(range_key=True)  # time of the attempt # tracking id
    account_id = UnicodeAttribute()
    channel = UnicodeAttribute()
    tracking_id = UnicodeAttribute()
    title = UnicodeAttribute()
    body = UnicodeAttribute()
    link = UnicodeAttribute(null=True)
    unsubscribe_url = UnicodeAttribute(null=True)
    content_id = UnicodeAttribute(null=True)
    script = UnicodeAttribute()  # what the account's settings made of it
    at = Moment()
    expires = TTLAttribute()
