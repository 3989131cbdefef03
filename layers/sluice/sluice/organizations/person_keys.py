"""The key under which a person is known by a phone number: a hash nobody can try out (C6).

The same for whoever keeps something of a person, so that erasing them finds it all.
"""

from sluice.shared import ids, signing

PHONE = "phone"


def key_of(organization_id: str, kind: str, normalised: str) -> str:
    """Return the person key of an identity in its one spelling: 26 characters, no request."""
    return ids.derived(signing.identity_key("people", organization_id), kind, normalised)
