"""Whom a message may go to, and where (E7): consent, suppression, addresses, frequency."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

EVERY_CHANNEL = "*"
SHEET_ADDRESSES = ("phone", "email", "openid", "userid")  # those that have a column in CSV
TRANSACTIONAL = "transactional"
MARKETING = "marketing"
FREQUENCY_KEPT = timedelta(days=2)  # beyond the window

type ConsentMode = Literal["required", "assumed"]


class Consent(msgspec.Struct, frozen=True):
    """What a person said about a purpose, on one channel or on all, and where we know it from."""

    granted: bool
    at: datetime
    source: str


class Suppression(msgspec.Struct, frozen=True):
    """Why nothing more goes to an address."""

    why: str
    at: datetime


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a recipient; replaced as a whole.

    `addresses` and `suppressed` have a kind of address (`phone`, `email`, `openid` ...) or a
    provider account's id as key; `consents` has `channel/purpose`, or `*/purpose` for all channels.
    """

    addresses: dict[str, str] = {}
    time_zone: str | None = None
    locale: str | None = None
    tags: tuple[str, ...] = ()
    consents: dict[str, Consent] = {}
    suppressed: dict[str, Suppression] = {}


NOBODY = Person()


class By(StrEnum):
    """What keeps a message from a person, on one channel or on all."""

    CONSENT = "consent"
    SUPPRESSED = "suppressed"
    ADDRESS = "address"
    FREQUENCY = "frequency"
    EXPIRED = "expired"
    ERASED = "erased"
    HOLD_OUT = "hold_out"
    PROVIDER = "provider"  # none is there that may carry it; said by a dry run only


# No channel may carry it.
WHOLE_PUSH = frozenset({By.FREQUENCY, By.EXPIRED, By.ERASED, By.HOLD_OUT})


class Deliver(msgspec.Struct, frozen=True):
    """The message may go, to this address; empty where the provider needs none."""

    address: str


class Withheld(msgspec.Struct, frozen=True):
    """The message must not go on this channel. `why` is for the timeline: no address in it."""

    by: By
    why: str


class Cap(msgspec.Struct, frozen=True):
    """At most `max_pushes` of a purpose to one person in `days` local days, all strategies."""

    max_pushes: int
    days: int


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an organisation sets for all of its pushes."""

    caps: dict[str, Cap] = {}  # by purpose
    unsubscribe_notes: dict[str, str] = {}  # by language: its own words on the page


def verdict(
    person: Person | None,
    *,
    purpose: str,
    channel: str,
    account_id: str,
    address_kind: str | None,
    consent_mode: ConsentMode,
) -> Deliver | Withheld:
    """Tell whether a message may go to a person on a channel, and to which address.

    `address_kind` is the adapter's; None needs no address. An address of the account itself goes
    before one of the kind. What is transactional needs no consent; no purpose overrides a
    suppressed address.
    """
    known = person or NOBODY
    if purpose != TRANSACTIONAL and not _consents(known, channel, purpose, consent_mode):
        return Withheld(By.CONSENT, f"no consent to {purpose} messages on this channel")
    for key in (account_id, address_kind):
        if key in known.suppressed:
            why = known.suppressed[key].why
            return Withheld(By.SUPPRESSED, f"the address is suppressed: {why}")
        if key in known.addresses and address_kind is not None:
            return Deliver(known.addresses[key])
    if address_kind is None:
        return Deliver("")
    return Withheld(By.ADDRESS, f"no address of the kind {address_kind} is known")


def is_erased(ordered_at: datetime, erased_at: datetime | None) -> bool:
    """Tell whether what was ordered then goes to nobody: its user was erased since.

    It may name a user of whom nothing is known, on a channel that asks for no address.
    """
    return erased_at is not None and ordered_at <= erased_at


def _consents(person: Person, channel: str, purpose: str, mode: ConsentMode) -> bool:
    """The latest word counts, on this channel or on all; of two at once the refusal."""
    keys = (consent_key(channel, purpose), consent_key(EVERY_CHANNEL, purpose))
    said = [person.consents[key] for key in keys if key in person.consents]
    if not said:
        return mode == "assumed"
    latest = max(consent.at for consent in said)
    return all(consent.granted for consent in said if consent.at == latest)


def consent_key(channel: str, purpose: str) -> str:
    """Return the key of a consent; `*` is every channel."""
    return f"{channel}/{purpose}"


def replaced(old: Person | None, new: Person) -> Person:
    """Return a person as somebody puts them, without losing what was learned meanwhile.

    A consent is only replaced by a later one, so that a nightly import does not undo an
    unsubscription; a suppression ends when the address it is about is another.
    """
    if old is None:
        return new
    suppressed = {
        key: found
        for key, found in old.suppressed.items()
        if old.addresses.get(key) == new.addresses.get(key)
    }
    return msgspec.structs.replace(
        new, consents=_merged(old.consents, new.consents), suppressed=suppressed | new.suppressed
    )


def filled_in(old: Person | None, new: Person, left_out: Collection[str]) -> Person:
    """Return a person as a sheet says, and as known where it has no column.

    `left_out` are kinds of address and fields; `addresses` are all kinds without a column.
    """
    known = old or NOBODY
    kept = {
        key: address
        for key, address in known.addresses.items()
        if key in left_out or (key not in SHEET_ADDRESSES and "addresses" in left_out)
    }
    fields = {
        name: getattr(known, name) for name in ("time_zone", "locale", "tags") if name in left_out
    }
    return msgspec.structs.replace(new, addresses=kept | new.addresses, **fields)


def said(person: Person | None, key: str, consent: Consent) -> Person:
    """Return a person with one more word on a consent; a later word stands."""
    known = person or NOBODY
    return msgspec.structs.replace(known, consents=_merged(known.consents, {key: consent}))


def withdrawn(person: Person | None, purpose: str, consent: Consent) -> Person:
    """Return a person who has left a purpose on all channels; one who had is as before."""
    known, everywhere = person or NOBODY, consent_key(EVERY_CHANNEL, purpose)
    before = known.consents.get(everywhere)
    if before is not None and not before.granted:
        mine = {key: c for key, c in known.consents.items() if key.endswith(f"/{purpose}")}
        if all(not each.granted or each.at < before.at for each in mine.values()):
            return known
    return said(known, everywhere, consent)


def suppressed(
    person: Person | None, key: str, found: Suppression, address: str | None = None
) -> Person:
    """Return a person with a suppressed address; the first reason stands.

    As they are where they have another than `address` by now.
    """
    known = person or NOBODY
    if address and known.addresses.get(key) not in {None, address}:
        return known
    return msgspec.structs.replace(known, suppressed={key: found} | known.suppressed)


def _merged(old: Mapping[str, Consent], new: Mapping[str, Consent]) -> dict[str, Consent]:
    later = {key: new[key] for key in new if key not in old or new[key].at > old[key].at}
    return {**old, **later}


def window(cap: Cap, zone: str, now: datetime) -> tuple[str, datetime]:
    """Return the name of the window that a moment is in, in local days, and when it may go."""
    days = now.astimezone(ZoneInfo(zone)).date().toordinal()
    first = days - days % cap.days
    ends = datetime.fromordinal(first + cap.days).replace(tzinfo=UTC)
    return f"{cap.days}d-{first}", ends + FREQUENCY_KEPT
