"""The table of recipients. Access patterns: docs/push-recipients.md.

Everything personal of one user stands under one partition key, so that erasure is one query. Who
has a tag or an address stands under that, too.
"""

import msgspec
from pynamodb.attributes import (
    Attribute,
    DiscriminatorAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.constants import STRING

from sluice.push.rules.courtesy import Person, Settings
from sluice.shared import settings
from sluice.shared.table import Moment, Table


class PersonAttribute(Attribute[Person]):
    """A person as JSON."""

    attr_type = STRING

    def serialize(self, value: Person) -> str:
        """Return the JSON text."""
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> Person:
        """Return the person."""
        return msgspec.json.decode(value, type=Person)


class SettingsAttribute(Attribute[Settings]):
    """Settings as JSON."""

    attr_type = STRING

    def serialize(self, value: Settings) -> str:
        """Return the JSON text."""
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> Settings:
        """Return the settings."""
        return msgspec.json.decode(value, type=Settings)


class RecipientItem(Table):
    """What all items of the table share; every item is of one of the classes below."""

    class Meta:
        table_name = settings.text("RECIPIENTS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires = TTLAttribute(null=True)


class Recipient(RecipientItem, discriminator="recipient"):
    """`organisation # user`, `recipient`: addresses, consents and what else is known of a user.

    After an erasure only that there was one, and when: for as long as a run may know the user.
    """

    organization_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    person = PersonAttribute(null=True)  # none: erased, and nothing was put since
    erased_at = Moment(null=True)  # the last time: what was ordered before goes to nobody
    version = NumberAttribute()  # one more with every change
    updated_at = Moment()
    put_at = Moment(null=True)  # the last time somebody said who they are; no receipt moves it


class Frequency(RecipientItem, discriminator="frequency"):
    """`organisation # user`, `frequency # purpose # window`: pushes begun in a window (E7)."""

    taken = NumberAttribute()


class Indexed(RecipientItem, discriminator="indexed"):
    """`organisation # tag # name` or `organisation # address # hash`, user: who has it."""

    user_id = UnicodeAttribute()


class PushSettings(RecipientItem, discriminator="settings"):
    """`organisation`, `settings`: what it has set for all of its pushes."""

    settings = SettingsAttribute()
    updated_at = Moment()


class InboxMessage(RecipientItem, discriminator="inbox"):
    """`organisation # user`, `inbox # time # tracking id`: a message inside the app (E1)."""

    tracking_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    display = UnicodeAttribute(null=True)
    title = UnicodeAttribute()
    body = UnicodeAttribute()
    link = UnicodeAttribute(null=True)
    content_id = UnicodeAttribute(null=True)
    at = Moment()
    seen_at = Moment(null=True)
    clicked_at = Moment(null=True)
