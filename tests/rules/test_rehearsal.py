"""A dry run (E7): when each message would go, and what it would cost."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules import rehearsal
from sluice.push.rules.courtesy import By, Deliver, Withheld
from sluice.push.rules.rehearsal import Estimate, Planned, Stop
from sluice.push.rules.strategies import Channel, Price
from sluice.push.rules.windows import QuietHours

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHT = QuietHours("22:00", "08:00")
NO = Withheld(By.CONSENT, "no consent")


def stop(
    name: str = "sms",
    micros: int = 50_000,
    *,
    wait_seconds: int = 3600,
    verdict: Deliver | Withheld | None = None,
    counted: tuple[int, int] = (0, 0),
    currency: str = "CNY",
) -> Stop:
    channel = Channel(name, "sandbox", wait_seconds, "delivered", Price(micros, currency))
    return Stop(channel, "sandbox", verdict or Deliver(""), *counted)


def plan(
    *stops: Stop, quiet: QuietHours | None = None, expires_seconds: int | None = None
) -> list[Planned]:
    zone = ZoneInfo("UTC")
    return rehearsal.rehearse(stops, NOW, quiet=quiet, zone=zone, expires_seconds=expires_seconds)


def test_each_message_goes_when_the_wait_of_the_one_before_is_over() -> None:
    planned = plan(stop("a"), stop("b", wait_seconds=7200), stop("c"))
    assert [each.send_at - NOW for each in planned] == [HOUR * 0, HOUR, HOUR * 3]
    assert [each.due_at - NOW for each in planned] == [HOUR, HOUR * 3, HOUR * 4]


def test_waits_count_allowed_hours_only_and_nothing_goes_in_quiet_hours() -> None:
    """E7: begun at 20:00 with quiet hours from 22:00 to 08:00."""
    planned = plan(stop("a", wait_seconds=3 * 3600), stop("b"), quiet=NIGHT)
    assert planned[0].send_at == NOW
    assert planned[0].due_at == planned[1].send_at == NOW + 13 * HOUR
    late = rehearsal.rehearse([stop()], NOW + 3 * HOUR, quiet=NIGHT, zone=ZoneInfo("UTC"))
    assert late[0].send_at == NOW + 12 * HOUR


def test_what_is_withheld_is_waited_for_by_nobody_and_costs_nothing() -> None:
    planned = plan(stop("a", verdict=NO), stop("b"), stop("c", verdict=NO))
    assert [each.withheld for each in planned] == [NO, None, NO]
    assert planned[1].send_at == NOW
    assert rehearsal.estimates(planned) == [Estimate("CNY", 50_000, 50_000, 50_000)]


def test_what_would_come_too_late_is_not_sent() -> None:
    planned = plan(stop("a"), stop("b"), expires_seconds=3600)
    assert planned[0].withheld is None
    assert planned[1].withheld is not None
    assert planned[1].withheld.by is By.EXPIRED


def test_the_cost_is_what_the_first_message_costs_at_best_and_all_of_them_at_worst() -> None:
    """E6: a channel of which nothing is known arrives every other time."""
    planned = plan(stop("a", 10_000), stop("b", 20_000), stop("c", 40_000))
    assert rehearsal.estimates(planned) == [Estimate("CNY", 10_000, 70_000, 30_000)]
    assert rehearsal.reach(planned) == 1 - 0.5**3


def test_what_was_counted_decides_what_is_expected() -> None:
    planned = plan(stop("a", 10_000, counted=(98, 97)), stop("b", 100_000))
    (found,) = rehearsal.estimates(planned)
    assert planned[0].stop.rate == Fraction(98, 100)
    assert found.expected_micros == 10_000 + 100_000 * 2 // 100


def test_currencies_are_not_added_up() -> None:
    planned = plan(stop("a", 10_000), stop("b", 20_000, currency="USD"))
    assert rehearsal.estimates(planned) == [
        Estimate("CNY", 10_000, 10_000, 10_000),
        Estimate("USD", 0, 20_000, 10_000),
    ]
    assert rehearsal.estimates([]) == []
    assert rehearsal.reach([]) == 0


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 50), st.integers(0, 50), st.booleans()),
        max_size=6,
    )
)
def test_the_expected_cost_lies_between_the_best_and_the_worst(
    given_stops: list[tuple[int, int, int, bool]],
) -> None:
    stops = [
        stop(str(n), micros, counted=(sent, reached), verdict=NO if withheld else None)
        for n, (micros, sent, reached, withheld) in enumerate(given_stops)
    ]
    for found in rehearsal.estimates(plan(*stops)):
        assert found.best_micros <= found.expected_micros <= found.worst_micros
    assert 0 <= rehearsal.reach(plan(*stops)) <= 1
