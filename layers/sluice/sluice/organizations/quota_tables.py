"""What partners have used of their quotas, in the table of claims: it forgets by itself."""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from sluice.shared import settings
from sluice.shared.table import Table


class QuotaUse(Table):
    """`acme#quota#shop#day#1772668800`: requests that were given out in a window of time."""

    class Meta:
        table_name = settings.text("CLAIMS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    used = NumberAttribute()
    expires = TTLAttribute()
