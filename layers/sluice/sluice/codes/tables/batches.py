"""The table of batches of codes. Access patterns: docs/codes.md."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class CodeBatch(Table):
    """A batch of codes, whose names follow from its id and their numbers: nothing lists them."""

    class Meta:
        table_name = settings.text("CODE_BATCHES_TABLE")

    key = UnicodeAttribute(hash_key=True)  # organisation # batch
    organization_id = UnicodeAttribute()
    batch_id = UnicodeAttribute()
    total = NumberAttribute()
    referrer_ids = JSONAttribute(null=True)  # by number
    rule = JSONAttribute()
    campaign_id = UnicodeAttribute(null=True)
    expires_at = Moment(null=True)
    status = UnicodeAttribute()  # issuing or issued
    created_at = Moment()
