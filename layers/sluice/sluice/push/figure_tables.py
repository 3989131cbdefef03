"""The table of what pushes cost and brought. Access patterns: docs/push-figures.md."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from sluice.shared import settings
from sluice.shared.table import Table


class FiguresRow(Table):
    """Counters of a strategy's version, of a channel in it, or of a currency spent there (E6).

    A row is in several shards, so that many may add to it at once; what it says is their sum.
    """

    class Meta:
        table_name = settings.text("PUSH_FIGURES_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # strategy # shard; in all: without it
    row = UnicodeAttribute(range_key=True)  # day, or in all the strategy, # version # channel ...
    pushes = NumberAttribute(null=True)
    reached = NumberAttribute(null=True)  # of a channel: those it has the credit for
    unreached = NumberAttribute(null=True)
    cancelled = NumberAttribute(null=True)
    withheld = NumberAttribute(null=True)  # by consent or any other of these
    withheld_consent = NumberAttribute(null=True)
    withheld_suppressed = NumberAttribute(null=True)
    withheld_address = NumberAttribute(null=True)
    withheld_frequency = NumberAttribute(null=True)
    withheld_expired = NumberAttribute(null=True)
    withheld_erased = NumberAttribute(null=True)
    held_out = NumberAttribute(null=True)
    treated = NumberAttribute(null=True)  # users who were not held out, their window closed
    treated_converted = NumberAttribute(null=True)
    untreated = NumberAttribute(null=True)
    untreated_converted = NumberAttribute(null=True)
    sent = NumberAttribute(null=True)
    failed = NumberAttribute(null=True)
    cost_micros = NumberAttribute(null=True)
    waste_micros = NumberAttribute(null=True)
    saved_micros = NumberAttribute(null=True)
