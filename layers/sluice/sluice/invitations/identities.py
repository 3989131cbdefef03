"""From an identity to its person key: a hash under a key of the organisation's own (C6).

The key follows from the part of the root secret that never changes, so that a person is found for
ever; without the secret nobody can try out all phone numbers.
"""

from collections.abc import Iterable

from sluice.invitations.rules.identity import (
    USER,
    Identity,
    IdentityError,
    is_national,
    normalised,
)
from sluice.organizations import person_keys
from sluice.organizations.rules import PhonePlan
from sluice.organizations.store import find_organization, phone_plan_of
from sluice.shared.errors import Invalid


def key_of(organization_id: str, identity: Identity, plan: PhonePlan | None = None) -> str:
    """Return the person key of an identity: 26 characters, no request. Raises IdentityError."""
    return person_keys.key_of(organization_id, identity.kind, normalised(identity, plan))


def keys_of(organization_id: str, identities: Iterable[Identity], field: str) -> tuple[str, ...]:
    """Return the person keys of identities, each once, in their order.

    A read of the organisation, where a phone number has no country. Raises Invalid, naming the
    field and never what stood in it.
    """
    given = list(identities)
    is_asked = any(map(is_national, given))
    plan = phone_plan_of(find_organization(organization_id)) if is_asked else None
    keys: dict[str, None] = {}
    for place, identity in enumerate(given):
        try:
            keys[key_of(organization_id, identity, plan)] = None
        except IdentityError as error:
            name = f"{field}[{place}].value"
            raise Invalid(f"{name} is not valid: {error}.", [(name, str(error))]) from None
    return tuple(keys)


def user_in(identities: Iterable[Identity]) -> str | None:
    """Return the user of app 2 among identities; None: none is named."""
    return next((each.value for each in identities if each.kind == USER), None)
