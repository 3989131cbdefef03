"""One table of what limits rewards: programmes and their budgets, persons' counters, identities."""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from sluice.shared import settings
from sluice.shared.table import Moment, Table

_PROGRAMMES = settings.text("PROGRAMMES_TABLE")


class ProgrammeItem(Table):
    """`settings`: the latest version of a programme's settings; `version#n`: each version."""

    class Meta:
        table_name = _PROGRAMMES

    key = UnicodeAttribute(hash_key=True)  # organisation # programme # its id
    item = UnicodeAttribute(range_key=True)
    definition = UnicodeAttribute()  # JSON of rules.programmes.Programme
    version = NumberAttribute()
    changed_at = Moment()


class Listed(Table):
    """That there is a programme: written with each version, or older ones were in no list."""

    class Meta:
        table_name = _PROGRAMMES

    key = UnicodeAttribute(hash_key=True)  # organisation # programmes
    item = UnicodeAttribute(range_key=True)  # the programme's id


class Gate(Table):
    """`gate#n`: the latest version once more, for grants that no budget tells it to.

    A check takes an item for itself while its transaction lasts, so there are some of them.
    """

    class Meta:
        table_name = _PROGRAMMES

    key = UnicodeAttribute(hash_key=True)  # as the settings
    item = UnicodeAttribute(range_key=True)
    version = NumberAttribute()


class Budget(Table):
    """`budget#currency`: one item, because it guards; what is left is what it guards."""

    class Meta:
        table_name = _PROGRAMMES

    key = UnicodeAttribute(hash_key=True)  # as the settings
    item = UnicodeAttribute(range_key=True)
    currency = UnicodeAttribute()
    spent_minor = NumberAttribute()
    left_minor = NumberAttribute()
    version = NumberAttribute(null=True)  # the latest version of the settings, as in `settings`


class Counter(Table):
    """What one person got of a programme in a period: `cap#...` and `velocity#...`."""

    class Meta:
        table_name = _PROGRAMMES

    key = UnicodeAttribute(hash_key=True)  # organisation # person # programme # owner
    item = UnicodeAttribute(range_key=True)
    granted = NumberAttribute()  # rewards
    amount_minor = NumberAttribute()
    expires = TTLAttribute(null=True)


class Identity(Table):
    """`owner`: whose an identity is, by its keyed hash; whoever was bound first."""

    class Meta:
        table_name = _PROGRAMMES

    key = UnicodeAttribute(hash_key=True)  # organisation # identity # hash
    item = UnicodeAttribute(range_key=True)
    owner_id = UnicodeAttribute()
    bound_at = Moment()
