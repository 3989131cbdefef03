"""Who a customer is (A6): an opaque id of ours, with outside identities as aliases.

A visitor's id follows from the visitor cookie without a read, so a join writes two items. Outside
ids are hashed into keys; only an alias item holds a provider's id, and erasure deletes it.
"""

from sluice.shared import ids, signing


def visitor_customer(organization_id: str, visitor_id: str) -> str:
    """Return the customer that an anonymous visitor is: no request."""
    return ids.derived(signing.identity_key("customer"), organization_id, "visitor", visitor_id)


def outside_customer(organization_id: str, kind: str, outside_id: str) -> str:
    """Return the customer that an outside identity stands for: no request.

    Where they turned out to be somebody else, their seats say so and lead there.
    """
    return ids.derived(signing.identity_key("customer"), organization_id, kind, outside_id)


def alias_key(organization_id: str, kind: str, outside_id: str) -> str:
    """Return the key of an alias; `kind` tells whose id it is, such as a provider account."""
    hashed = ids.derived(signing.identity_key("alias"), organization_id, kind, outside_id)
    return ids.key(organization_id, "alias", kind, hashed)
