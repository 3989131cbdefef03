"""One table: who is signed in. The key is a hash of what the cookie holds, never the cookie."""

from pynamodb.attributes import (
    JSONAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class ConsoleSession(Table):
    """A signed-in browser, for half a day at most; deleted when it signs out."""

    class Meta:
        table_name = settings.text("SESSIONS_TABLE")

    session_key = UnicodeAttribute(hash_key=True)
    organization_id = UnicodeAttribute()
    member_id = UnicodeAttribute()
    roles = UnicodeSetAttribute()
    id_token = UnicodeAttribute()
    id_token_until = Moment()
    refresh_token = UnicodeAttribute()
    profile = JSONAttribute(default=dict)  # what every page shows: names, time zone
    expires_at = Moment()
    expires = TTLAttribute()  # cleans up, decides nothing
