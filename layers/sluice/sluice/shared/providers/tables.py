"""What the processes of a deployment share about providers: access tokens, and how much was sent.

| who | asks | cost |
| --- | --- | --- |
| a new process, or one whose token has ended | the item | 1 read unit |
| the one refresher | lease, then token | 2 transactions of 1 item, 4 write units each two hours |
| a send through an account with limits | the counter of each | 1 write unit |

One item an app or a window, by key. A token is written by whoever holds its lease.
"""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from sluice.shared import settings
from sluice.shared.table import Moment, Table


class ProviderToken(Table):
    """`organisation # app`: the access token of an app, sealed, and who may fetch the next one."""

    class Meta:
        table_name = settings.text("PROVIDER_TOKENS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    generation = NumberAttribute()  # tokens stored so far
    sealed = UnicodeAttribute(null=True)
    expires_at = Moment(null=True)
    # While it lasts, one process is asking for the next generation.
    lease_until = Moment(null=True)
    expires = TTLAttribute()  # clears apps that are gone; `expires_at` decides


class ProviderWindow(Table):
    """`organisation # limit # account # seconds # window`: what was sent in a second, a minute."""

    class Meta:
        table_name = settings.text("PROVIDER_TOKENS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    sent = NumberAttribute()
    expires = TTLAttribute()
