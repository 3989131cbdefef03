"""Who a customer is (A6): an opaque id of ours, with outside identities as aliases.

A visitor's id follows from the visitor cookie without a read, so a join writes two items. Outside
ids are hashed into keys; only an alias item holds a provider's id, and erasure deletes it.
"""

import msgspec

from sluice.shared import ids, signing

UNIONID = "unionid"  # the system whose ids are those of people at WeChat


class OutsideName(msgspec.Struct, frozen=True):
    """Where what is kept under an outside id would stand; the id itself is not in it (C6)."""

    system: str  # a provider account or a partner
    alias: str  # key of an alias
    person: str  # of a person outside
    customers: list[str]  # whom it may stand for


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


def channel_ref_key(organization_id: str, account_id: str, provider_ref: str) -> str:
    """Return the key under which a callback finds the channels of a provider's reference."""
    hashed = ids.derived(b"channel-ref", organization_id, account_id, provider_ref)
    return ids.key(organization_id, "ref", account_id, hashed)


def channel_state(organization_id: str, channel_id: str) -> str:
    """Return what a channel's way carries: 26 characters, fixed for the channel."""
    return ids.derived(b"channel-state", organization_id, channel_id)


def person_key(organization_id: str, account_id: str, customer_ref: str) -> str:
    """Return what a person at a provider is called where their id itself must not lead."""
    return ids.derived(signing.identity_key("person"), organization_id, account_id, customer_ref)


def outside_name(organization_id: str, system: str, outside_id: str) -> OutsideName:
    """Return where an id is looked for: at the provider account or of the partner of that name.

    Of the system `unionid` that of a person at WeChat. No request.
    """
    customers = [outside_customer(organization_id, f"partner:{system}", outside_id)]
    if system == UNIONID:
        customers.append(wechat_customer(organization_id, outside_id))
    return OutsideName(
        system,
        alias_key(organization_id, system, outside_id),
        person_key(organization_id, system, outside_id),
        customers,
    )


def wechat_customer(organization_id: str, unionid: str) -> str:
    """Return the customer that a person at WeChat is: no request, and nothing is stored of it."""
    return outside_customer(organization_id, "@unionid", unionid)
