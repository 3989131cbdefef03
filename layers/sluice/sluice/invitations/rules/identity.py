"""Identities of people: normalised before they are hashed, so that one person has one key (C6).

What is normalised here must come out the same for ever: a key made of another spelling is another
person (docs/decisions/0022-person-keys.md).
"""

import re
import unicodedata
from dataclasses import dataclass

from sluice.organizations.phones import IdentityError as IdentityError  # noqa: PLC0414
from sluice.organizations.phones import digits_of, phone
from sluice.organizations.rules import PhonePlan

PHONE = "phone"
USER = "user"  # the id in app 2, to which pushes go: the one that is also kept in clear
OUTSIDE = "id:"  # the id in another system, such as id:app1
KIND = r"^(phone|user|id:[a-z][a-z0-9_-]{0,31})$(?!\n)"
USER_ID = r"^[A-Za-z0-9][A-Za-z0-9_.:@+-]{0,127}$(?!\n)"
MAX_VALUE = 128
MAX_IDENTITIES = 4  # of one person, said at once


@dataclass(frozen=True)
class Identity:
    """Who somebody is, in somebody's words. It is never stored: `identities.key_of` is."""

    kind: str
    value: str

    def __repr__(self) -> str:
        """Return the kind alone: what is printed may be logged."""
        return f"Identity({self.kind})"


def normalised(identity: Identity, plan: PhonePlan | None = None) -> str:
    """Return the one spelling of an identity. Raises IdentityError."""
    if not re.fullmatch(KIND, identity.kind):
        raise IdentityError("no kind of identity")
    if len(identity.value) > MAX_VALUE:
        raise IdentityError(f"over {MAX_VALUE} characters")
    if identity.kind == PHONE:
        return phone(identity.value, plan)
    return _user(identity.value) if identity.kind == USER else _outside(identity.value)


def is_national(identity: Identity) -> bool:
    """Tell whether it takes the organisation's plan to understand an identity."""
    written = digits_of(identity.value)
    return identity.kind == PHONE and not written.startswith(("+", "00"))


def _user(value: str) -> str:
    if not re.fullmatch(USER_ID, value):
        raise IdentityError("no user id")
    return value


def _outside(value: str) -> str:
    """Ids of other systems keep their case; only what cannot be seen is taken off."""
    plain = unicodedata.normalize("NFKC", value).strip()
    if not plain or not plain.isprintable():
        raise IdentityError("no id")
    return plain
