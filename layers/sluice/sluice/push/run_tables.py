"""The table of runs (E8). Access patterns: docs/push-runs.md.

A run, its batches and its counters stand under one partition key; the users of each batch under a
key of their own, so that a list is stored as fast as it is read.
"""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class RunsByDue(GlobalSecondaryIndex[Any]):
    """Runs whose execution somebody must look after, by when; sparse: only running ones."""

    class Meta:
        index_name = "by_due"
        projection = IncludeProjection(["kind"])

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Moment(range_key=True)


class RunsByOrganization(GlobalSecondaryIndex[Any]):
    """An organisation's runs by time."""

    class Meta:
        index_name = "by_organization"
        projection = IncludeProjection(["kind", "created_at", "strategy_id", "status", "users"])

    organization_id = UnicodeAttribute(hash_key=True)
    run_id = UnicodeAttribute(range_key=True)  # sorts by time


class RunItem(Table):
    """What all items of the table share; every item is of one of the classes below."""

    class Meta:
        table_name = settings.text("RUNS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires = TTLAttribute(null=True)
    by_due = RunsByDue()
    by_organization = RunsByOrganization()


class Run(RunItem, discriminator="run"):
    """`organisation # run`, `run`: where a run stands, and how far its audience is in batches."""

    organization_id = UnicodeAttribute()
    run_id = UnicodeAttribute()
    strategy_id = UnicodeAttribute()
    strategy_version = NumberAttribute()
    order = UnicodeAttribute()  # JSON: the frozen strategy, what it says, and the audience
    status = UnicodeAttribute()
    version = NumberAttribute()  # one more with every change
    generation = NumberAttribute()  # how often it was set going; its executions' names have it
    rounds = NumberAttribute()  # of sending what is pending, since it was set going
    prepared = BooleanAttribute()
    cursor = UnicodeAttribute(null=True)  # where the audience is read on
    users = NumberAttribute()  # in batches
    batches = NumberAttribute()
    repeated = NumberAttribute()  # users named twice, as far as they met in one batch
    rejected = NumberAttribute()  # lines that are no entry
    rejects = UnicodeAttribute(null=True)  # JSON: the first of them
    created_at = Moment()
    ended_at = Moment(null=True)
    why = UnicodeAttribute(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_at = Moment(null=True)
    sweep_failures = NumberAttribute(null=True)


class RunTemplate(RunItem, discriminator="template"):
    """`organisation # run`, `template`: what is said, with the values all share; written once."""

    words = UnicodeAttribute()  # JSON


class RunBatch(RunItem, discriminator="batch"):
    """`organisation # run`, `batch # number`: whether a batch was sent."""

    number = NumberAttribute()
    status = UnicodeAttribute()
    ended_at = Moment(null=True)


class RunUsers(RunItem, discriminator="users"):
    """`organisation # run # number`, `users`: those of a batch until it is done, or 90 days."""

    users = UnicodeAttribute()  # JSON


class RunCounts(RunItem, discriminator="counts"):
    """`organisation # run`, `counts # shard`: what became of the users of the batches done."""

    batches = NumberAttribute(default=0)
    sent = NumberAttribute(default=0)
    refused = NumberAttribute(default=0)
    unsure = NumberAttribute(default=0)
    waiting = NumberAttribute(default=0)
    withheld = NumberAttribute(default=0)
    repeated = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
