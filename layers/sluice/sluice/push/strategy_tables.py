"""The tables of what is decided before a push. Access patterns: docs/push.md."""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class StrategiesByOrganization(GlobalSecondaryIndex[Any]):
    """The latest version of each strategy, by id; sparse: older versions are not in it."""

    class Meta:
        index_name = "by_organization"
        projection = IncludeProjection(["purpose", "created_at"])

    listed_in = UnicodeAttribute(hash_key=True)
    strategy_id = UnicodeAttribute(range_key=True)


class Strategy(Table):
    """A version of a strategy; what it says is written once."""

    class Meta:
        table_name = settings.text("STRATEGIES_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # strategy
    version = NumberAttribute(range_key=True)
    organization_id = UnicodeAttribute()
    strategy_id = UnicodeAttribute()
    purpose = UnicodeAttribute()
    channels = UnicodeAttribute()  # JSON
    behaviours = UnicodeAttribute()  # JSON
    terms = UnicodeAttribute(null=True)  # JSON; none: from before there were any
    listed_in = UnicodeAttribute(null=True)  # the organisation, while it is the latest
    created_at = Moment()
    by_organization = StrategiesByOrganization()
