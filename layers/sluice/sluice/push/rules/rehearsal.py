"""What a push would do where nobody ever answers, and what it would cost (E7): a dry run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction

from sluice.push.rules.courtesy import By, Deliver, Withheld
from sluice.push.rules.strategies import Channel
from sluice.push.rules.windows import QuietHours, add_allowed, next_allowed

TOO_LATE = "it would be sent too late"


@dataclass(frozen=True)
class Stop:
    """A channel, what courtesy says of it, and how often messages on it arrived until now."""

    channel: Channel
    account_id: str | None  # of the first provider that may send it; None: there is none
    verdict: Deliver | Withheld
    sent: int = 0
    reached: int = 0

    @property
    def rate(self) -> Fraction:
        """The chance that a message arrives: as counted, drawn to a half where little was."""
        return Fraction(min(self.reached, self.sent) + 1, self.sent + 2)


@dataclass(frozen=True)
class Planned:
    """What would happen at a position; not sent where it is withheld."""

    stop: Stop
    send_at: datetime
    due_at: datetime
    withheld: Withheld | None


@dataclass(frozen=True)
class Estimate:
    """The cost in one currency, in micro-units: 1,000,000 are one major unit."""

    currency: str
    best_micros: int  # the first message arrives
    worst_micros: int  # none does before the last
    expected_micros: int


def rehearse(
    stops: Sequence[Stop],
    now: datetime,
    *,
    quiet: QuietHours | None,
    zone: tzinfo,
    expires_seconds: int | None = None,
) -> list[Planned]:
    """Return what happens at each position of a push begun `now` that nobody answers.

    Each message waits for the end of quiet hours, the next one for the wait of the one before, in
    allowed time only; what is withheld is waited for by nobody.
    """
    planned, moment = [], now
    for stop in stops:
        send_at = next_allowed(moment, quiet, zone)
        due_at = add_allowed(send_at, stop.channel.wait_seconds, quiet, zone)
        withheld = stop.verdict if isinstance(stop.verdict, Withheld) else None
        if expires_seconds is not None and send_at >= now + timedelta(seconds=expires_seconds):
            withheld = Withheld(By.EXPIRED, TOO_LATE)
        planned.append(Planned(stop, send_at, due_at, withheld))
        moment = moment if withheld else due_at
    return planned


def estimates(planned: Sequence[Planned]) -> list[Estimate]:
    """Return what it would cost, by currency: at best, at worst, and as things went until now."""
    sent = [each.stop for each in planned if each.withheld is None]
    found = []
    for currency in sorted({stop.channel.price.currency for stop in sent}):
        best = sum(_micros(stop, currency) for stop in sent[:1])
        worst = sum(_micros(stop, currency) for stop in sent)
        expected = sum(chance * _micros(stop, currency) for stop, chance in _chances(sent))
        found.append(Estimate(currency, best, worst, round(expected)))
    return found


def reach(planned: Sequence[Planned]) -> float:
    """Return the chance that the push arrives at all."""
    missed = Fraction(1)
    for each in planned:
        if each.withheld is None:
            missed *= 1 - each.stop.rate
    return float(1 - missed)


def _micros(stop: Stop, currency: str) -> int:
    price = stop.channel.price
    return price.amount_micros if price.currency == currency else 0


def _chances(stops: Sequence[Stop]) -> Iterator[tuple[Stop, Fraction]]:
    """Yield each message with the chance that it is needed: none before it arrived."""
    needed = Fraction(1)
    for stop in stops:
        yield stop, needed
        needed *= 1 - stop.rate
