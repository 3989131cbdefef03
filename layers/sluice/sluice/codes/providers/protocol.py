"""What Sluice asks of a messaging provider, in its own words (A7, A9).

A provider is bound to one account. What it tells is typed and says when it happened and by which
key it is recognised when told again; what it does not do raises a ProviderFailure.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

type Kind = Literal["contact", "group"]


class Callback(msgspec.Struct, frozen=True):
    """A request of the provider's as it arrived; header names in lower case."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Way(msgspec.Struct, frozen=True):
    """How customers reach a channel: stored with it, or the way can never be changed again."""

    id: str
    qr_url: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as the provider needs it. `state` is an opaque key of the channel."""

    kind: Kind
    provider_ref: str  # an employee's or a group's id
    state: str
    name: str = ""
    next_name: str = ""  # of the group that the provider makes when this is full: what the
    next_number: int = 2  # number is put after; empty: none is made


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened there; `key` is claimed in the transaction of its effect."""

    key: str
    at: datetime
    kind: Kind
    provider_ref: str


class Connected(Told, frozen=True, kw_only=True, tag="connected"):
    """A person came to a channel. `state` is empty where no way of ours is known to have led.

    A welcome code is worth 20 seconds: whoever has one sends the welcome before anything else.
    """

    customer_ref: str
    state: str = ""
    welcome_code: str = ""


class Lost(Told, frozen=True, kw_only=True, tag="lost"):
    """A person left a channel."""

    customer_ref: str
    by: Literal["customer", "member"]


class ChannelChanged(Told, frozen=True, kw_only=True, tag="channel-changed"):
    """A channel is new, gone or other than it was: the channel list is refreshed (A9)."""

    change: Literal["new", "gone", "changed"]


type Happened = Connected | Lost | ChannelChanged  # what is stored, and read back by its tag


class Identity(msgspec.Struct, frozen=True):
    """Who came: `unionid` joins them to their request, where the provider knows it."""

    customer_ref: str
    unionid: str = ""
    state: str = ""


class Listed(msgspec.Struct, frozen=True):
    """A channel there is at the provider."""

    kind: Kind
    provider_ref: str


class Held(msgspec.Struct, frozen=True):
    """A customer of a channel as the provider has it, for the nightly reconciliation."""

    provider_ref: str
    customer_ref: str
    since: datetime
    state: str = ""


class Provider(Protocol):
    """A provider account."""

    def answer_echo(self, callback: Callback) -> bytes:
        """Answer the provider's test of the callback address. Raises Unauthenticated."""

    def read(self, callback: Callback) -> Sequence[Happened]:
        """Return what a callback tells, none where it is of no matter.

        Raises Unauthenticated: not the provider's; Invalid: it cannot be understood.
        """

    def put_way(self, asked: Asked, way: Way | None) -> Way:
        """Make the channel's way, or bring the one it has in line."""

    def delete_way(self, kind: Kind, way: Way) -> None:
        """Delete a way; one that is gone is deleted."""

    def identify(self, told: Connected) -> Identity | None:
        """Return who came; None for one of the organisation's own people.

        Raises NotThere where the provider does not know of it (yet): try again later.
        """

    def welcome(self, told: Connected, text: str) -> None:
        """Send the welcome. Raises TooLate."""

    def describe(self, told: Connected, remark: str, tags: Sequence[str]) -> None:
        """Set the member's remark and tags on a customer."""

    def channels(self) -> Iterator[Listed]:
        """Yield the channels there are."""

    def customers(self, kind: Kind, provider_refs: Sequence[str]) -> Iterator[Held]:
        """Yield the customers of channels."""
