"""What the API takes and tells of a recipient (E7), by PUT, by event and by import."""

import re
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, field

from sluice.organizations.rules import is_time_zone
from sluice.push.inputs import UserId
from sluice.push.recipient_tables import Recipient
from sluice.push.rules.courtesy import Consent, Person
from sluice.push.rules.masking import mask
from sluice.push.store.recipients import MAX_TAGS
from sluice.shared import fields
from sluice.shared.errors import Invalid
from sluice.shared.fields import Name, Time
from sluice.shared.http import Body, View

MAX_ADDRESSES = 20
MAX_CONSENTS = 40

Address = Annotated[str, Meta(min_length=1, max_length=2048)]
Tag = Annotated[str, Meta(pattern=r"^[^#\s\x00-\x1f\x7f][^#\x00-\x1f\x7f]{0,63}$(?!\n)")]
Locale = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)")]
Zone = Annotated[str, Meta(min_length=1, max_length=64)]
Source = Annotated[str, Meta(min_length=1, max_length=64)]
ConsentKey = Annotated[
    str,
    Meta(
        pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9_.:-]{0,63})/(transactional|service|marketing)$(?!\n)"
    ),
]
# Kinds whose form is known: what no provider would take is told at once.
_FORMS = {
    "phone": (re.compile(r"\+[1-9][0-9]{6,14}\Z"), "+ and the number, with its country (E.164)"),
    "email": (re.compile(r"[^@\s]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}\Z"), "no address"),
}


class ConsentBody(Body):
    """What a person said, when, and where; only a later word replaces an earlier one."""

    granted: bool
    at: Time
    source: Source = "partner"


class RecipientBody(Body):
    """What is known of a user; replaces what was, but for later consents and suppressions.

    `addresses` by kind (`phone`, `email`, `openid` ...) or by provider account, which goes first;
    `consents` by `channel/purpose`, or `*/purpose` for all channels.
    """

    addresses: Annotated[dict[Name, Address], Meta(max_length=MAX_ADDRESSES)] = field(
        default_factory=dict
    )
    time_zone: Zone | None = None
    locale: Locale | None = None
    tags: Annotated[list[Tag], Meta(max_length=MAX_TAGS)] = field(default_factory=list)
    consents: Annotated[dict[ConsentKey, ConsentBody], Meta(max_length=MAX_CONSENTS)] = field(
        default_factory=dict
    )


class PutRecipient(RecipientBody):
    """With `user_id`, which a partner's event has to name; a path names it already."""

    user_id: UserId | None = None


class ConsentView(View):
    """What the person said last."""

    granted: bool
    at: datetime
    source: str


class SuppressionView(View):
    """Why nothing more goes to an address, and since when."""

    why: str
    at: datetime


class RecipientView(View):
    """A recipient; addresses are shown in part."""

    user_id: str
    addresses: dict[str, str]
    tags: list[str]
    consents: dict[str, ConsentView]
    suppressed: dict[str, SuppressionView]
    time_zone: str | None = None
    locale: str | None = None
    updated_at: datetime | None = None


def person_of(given: RecipientBody, now: datetime) -> Person:
    """Return a person as the rules take them. Raises Invalid, naming the field."""
    if given.time_zone is not None and not is_time_zone(given.time_zone):
        raise Invalid("There is no such time zone.", [("time_zone", "not in the IANA database")])
    for key, address in given.addresses.items():
        form, reason = _FORMS.get(key, (None, ""))
        if not address.isprintable() or (form and not form.match(address)):
            raise Invalid(f"addresses.{key} is none.", [(f"addresses.{key}", reason or "no text")])
    for key, consent in given.consents.items():
        fields.check_past(consent.at, f"consents.{key}.at", now)
    return Person(
        addresses=given.addresses,
        time_zone=given.time_zone,
        locale=given.locale,
        tags=tuple(sorted(set(given.tags))),
        consents={key: Consent(c.granted, c.at, c.source) for key, c in given.consents.items()},
    )


def view_of(user_id: str, person: Person, recipient: Recipient | None = None) -> RecipientView:
    """Return what is shown of a person."""
    return RecipientView(
        user_id=user_id,
        addresses={key: mask(address) for key, address in person.addresses.items()},
        tags=list(person.tags),
        consents=msgspec.convert(person.consents, dict[str, ConsentView], from_attributes=True),
        suppressed=msgspec.convert(
            person.suppressed, dict[str, SuppressionView], from_attributes=True
        ),
        time_zone=person.time_zone,
        locale=person.locale,
        updated_at=recipient.updated_at if recipient else None,
    )
