"""Who acts in a promotion: a person known in app 2, by all of their identities."""

from collections.abc import Sequence
from dataclasses import dataclass

from sluice.invitations import identities
from sluice.invitations.rules.identity import USER, Identity
from sluice.invitations.rules.lists import Known
from sluice.invitations.store import people
from sluice.shared.errors import Invalid


@dataclass(frozen=True)
class Person:
    """A person with a user id in app 2; `key` is that id's person key, and names them here."""

    known: Known
    user_id: str
    key: str
    said: tuple[str, ...]  # the person keys that were said together


def find_person(organization_id: str, given: Sequence[Identity], field: str) -> Person | None:
    """Return who has these identities, or None: nobody who is known in app 2.

    One query for each identity of theirs, at most 8. Raises Invalid, naming the field.
    """
    keys = identities.keys_of(organization_id, given, field)
    known = people.find_known(organization_id, keys)
    user_id = identities.user_in(given) or known.user_id
    if user_id is None:
        return None
    key = identities.key_of(organization_id, Identity(USER, user_id))
    if key not in known.keys:
        known = people.find_known(organization_id, (key, *keys))
    return Person(known, user_id, key, tuple(dict.fromkeys((key, *keys))))


def load_person(organization_id: str, given: Sequence[Identity], field: str) -> Person:
    """Return who has these identities, as `find_person`. Raises Invalid: not known in app 2."""
    found = find_person(organization_id, given, field)
    if found is None:
        raise Invalid("Nobody known in app 2: name a user.", [(field, "no user, and no mapping")])
    return found
