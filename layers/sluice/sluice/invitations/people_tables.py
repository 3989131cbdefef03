"""The table of people, lists and their imports (spec C). Access patterns: docs/people.md.

All that is known under one identity stands under one partition key made of its keyed hash: spread
evenly, read by key, erased by one query. No item holds a phone number or an outside id.
"""

from pynamodb.attributes import (
    DiscriminatorAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)

from sluice.shared import settings
from sluice.shared.jobs import Job, Jobs
from sluice.shared.table import Moment, Table


class PersonItem(Table):
    """What all items of the table share; every item is of one of the classes below."""

    class Meta:
        table_name = settings.text("PEOPLE_TABLE")

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires = TTLAttribute(null=True)


class ListEntry(PersonItem, discriminator="entry"):
    """`organisation # person key`, `list # name`: this person is on the list."""

    list_name = UnicodeAttribute()
    at = Moment()
    source = UnicodeAttribute()
    reference = UnicodeAttribute(null=True)


class SamePerson(PersonItem, discriminator="same"):
    """`organisation # person key`, `same # person key`: both are one person; stored both ways."""

    other_key = UnicodeAttribute()


class MappedUser(PersonItem, discriminator="user"):
    """`organisation # person key`, `user`: who this person is in app 2 (C1)."""

    user_id = UnicodeAttribute()
    at = Moment()


class PersonAttributes(PersonItem, discriminator="attributes"):
    """`organisation # person key`, `attributes`: what the rules of segments look at."""

    attributes = JSONAttribute()
    at = Moment()


class Segment(PersonItem, discriminator="segment"):
    """`organisation`, `segment # id`: whom a promotion is for; a rule, or those on its list."""

    segment_id = UnicodeAttribute()
    name = UnicodeAttribute()
    rule = UnicodeAttribute(null=True)  # JSON; None: whoever is on the list segment:<id>
    version = NumberAttribute()
    updated_at = Moment()


class PeopleImport(Job, PersonItem, discriminator="import"):
    """`organisation # imports`, `import # id`: how far a list is read; ids sort by time."""

    import_id = UnicodeAttribute()
    list_name = UnicodeAttribute(null=True)  # None: mapping and attributes alone
    action = UnicodeAttribute()  # add or remove
    size_bytes = NumberAttribute()  # of the list, as the upload's signature demands
    offset_bytes = NumberAttribute()  # up to where everything is stored
    next_line = NumberAttribute()
    stored = NumberAttribute()  # people
    rejected = NumberAttribute()
    rejects_at = NumberAttribute(null=True)  # the offset in the name of the file of rejects


IMPORTS = Jobs(PeopleImport, "import", ("offset_bytes", "next_line"))
