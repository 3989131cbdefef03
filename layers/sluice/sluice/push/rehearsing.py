"""A dry run: what would be sent to a user, when and for how much. Nothing is written (E7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sluice.organizations import calendar
from sluice.push import sending
from sluice.push.rules import conversions, courtesy, rehearsal
from sluice.push.rules.courtesy import TRANSACTIONAL, By, Person, Withheld
from sluice.push.rules.rehearsal import Planned, Stop
from sluice.push.rules.strategies import Channel, Definition
from sluice.push.store import figure_pages, frequency, push_settings, recipients, strategies
from sluice.push.store.strategies import definition_of

HELD_OUT = "the user is of the strategy's hold-out group"
CAPPED = "the user has had as many pushes of this purpose as the organisation allows"

type Counted = Mapping[str, tuple[int, int]]  # channel -> messages sent, those that arrived


@dataclass(frozen=True)
class Rehearsal:
    """What would become of a push; `withheld`: nothing at all would be sent."""

    version: int
    time_zone: str
    withheld: Withheld | None
    planned: list[Planned]


@dataclass(frozen=True)
class _User:
    """Whom it would go to."""

    organization_id: str
    user_id: str
    person: Person | None
    zone: str


def rehearse(
    organization_id: str, strategy_id: str, version: int | None, user_id: str, now: datetime
) -> Rehearsal:
    """Return what a push begun `now` would do: the same rules as the sending are asked.

    A read or query of the strategy, a read of the recipient, of settings and counter where there
    is a cap, of the organisation where nobody knows the user's time zone (once a minute); a read
    for each provider account until one sends; 8 queries of figures. Raises NotFound.
    """
    item = strategies.read_strategy(organization_id, strategy_id, version)
    definition = definition_of(item)
    recipient = recipients.find_recipient(organization_id, user_id)
    person = recipients.person_of(recipient)
    zone = person.time_zone if person else None
    zone = zone or calendar.zone(organization_id)
    user = _User(organization_id, user_id, person, zone)
    counted = _counted(organization_id, strategy_id)
    stops = [_stop(user, definition, channel, counted) for channel in definition.channels]
    terms = definition.terms
    quiet = None if definition.purpose == TRANSACTIONAL else terms.quiet_hours
    planned = rehearsal.rehearse(
        stops, now, quiet=quiet, zone=ZoneInfo(zone), expires_seconds=terms.expires_seconds
    )
    withheld = _withheld(user, strategy_id, definition, now)
    return Rehearsal(int(item.version), zone, withheld, planned)


def _withheld(
    user: _User, strategy_id: str, definition: Definition, now: datetime
) -> Withheld | None:
    """Tell what would keep the whole push from the user."""
    percent = definition.terms.hold_out_percent
    if conversions.is_held_out(user.organization_id, strategy_id, user.user_id, percent):
        return Withheld(By.HOLD_OUT, HELD_OUT)
    purpose = definition.purpose
    cap = push_settings.settings_of(user.organization_id).caps.get(purpose)
    if cap is None or purpose == TRANSACTIONAL:
        return None
    taken = frequency.frequency_of(
        user.organization_id, user.user_id, purpose=purpose, cap=cap, zone=user.zone, now=now
    )
    return Withheld(By.FREQUENCY, CAPPED) if taken >= cap.max_pushes else None


def _stop(user: _User, definition: Definition, channel: Channel, counted: Counted) -> Stop:
    """Ask of the channel's first provider that is there what would become of its message."""
    sent, reached = counted.get(channel.channel, (0, 0))
    why = sending.NO_ACCOUNT
    for account_id in channel.providers:
        provider = sending.find_provider(user.organization_id, account_id)
        if provider is None:
            continue
        if definition.purpose not in provider.adapter.purposes:
            why = sending.NOT_ALLOWED
            continue
        verdict = courtesy.verdict(
            user.person,
            purpose=definition.purpose,
            channel=channel.channel,
            account_id=account_id,
            address_kind=provider.adapter.address_kind,
            consent_mode=definition.terms.consent,
        )
        return Stop(channel, account_id, verdict, sent, reached)
    return Stop(channel, None, Withheld(By.PROVIDER, why), sent, reached)


def _counted(organization_id: str, strategy_id: str) -> Counted:
    """Return what became of this strategy's messages until now, of all its versions."""
    found: dict[str, tuple[int, int]] = {}
    asked = figure_pages.Asked(strategy_id)
    for row, counters in figure_pages.read(organization_id, asked)[0].items():
        if row.channel and not row.currency:
            sent, reached = found.get(row.channel, (0, 0))
            found[row.channel] = sent + counters["sent"], reached + counters["reached"]
    return found
