"""What the API shows of what pushes cost and brought, as JSON and as CSV (E6)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from sluice.push.rules.conversions import lift
from sluice.push.rules.figures import OF_STRATEGY, TOTAL, WITHHELD_BY, Row
from sluice.shared import sheets
from sluice.shared.http import View

type By = Literal["total", "version", "day"]


class Money(View):
    """Money in micro-units of a currency; waste is the part that earned nothing."""

    currency: str
    cost_micros: int
    waste_micros: int


class ChannelFigures(View):
    """What a channel did: `reached` are the pushes that it has the credit for."""

    channel: str
    sent: int
    reached: int
    failed: int
    money: list[Money]


class Totals(Money):
    """What all channels cost; `everywhere` is what sending on every channel would have cost.

    That is `saved` more: the strategy's prices of what a reached push needed no more.
    """

    saved_micros: int
    everywhere_micros: int
    per_reached_micros: int | None = None  # the cost of a reached user


class Conversion(View):
    """Who converted within the window, of those who were pushed and of those held out.

    Each push whose window is closed is one. `difference` is that of the two shares, and with 95 %
    it lies between `low` and `high` (Newcombe); they are there when both groups are.
    """

    treated: int
    treated_converted: int
    untreated: int
    untreated_converted: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None


class WithheldBy(View):
    """Why pushes were withheld, from users who are not held out."""

    consent: int
    suppressed: int
    address: int
    frequency: int
    expired: int
    erased: int


class StrategyFigures(View):
    """What pushes by a strategy cost and brought: in all, of a version, or of a version's day.

    `running` are those that have not ended. A day is the one on which the pushes were started.
    """

    strategy_id: str
    pushes: int
    running: int
    reached: int
    unreached: int
    cancelled: int
    withheld: int
    withheld_by: WithheldBy
    held_out: int
    channels: list[ChannelFigures]
    totals: list[Totals]
    conversion: Conversion
    version: int | None = None
    day: str | None = None


class StrategiesFigures(View):
    """A row for each strategy that pushes were started by."""

    rows: list[StrategyFigures]
    next_cursor: str | None = None


type _Of = dict[tuple[str, str], Counter[str]]  # by channel and currency
_CHANNEL = ("sent", "failed")
_MONEY = ("cost_micros", "waste_micros", "saved_micros", "everywhere_micros", "per_reached_micros")
_LIFT = ("difference", "low", "high")
_ENDS = ("reached", "unreached", "cancelled", "withheld", "held_out")
COLUMNS = (
    *("day", "strategy_id", "version", "channel", "currency"),
    *("pushes", "running", *_ENDS, *WITHHELD_BY.values(), *_CHANNEL, *_MONEY),
    *("treated", "treated_converted", "untreated", "untreated_converted", *_LIFT),
)


def of(figures: Mapping[Row, Counter[str]], by: By) -> list[StrategyFigures]:
    """Show what was counted, by strategy, then version, then day."""
    groups: dict[tuple[str, int, str], _Of] = defaultdict(dict)
    for row, counters in figures.items():
        place = row.place
        version = 0 if by == "total" else place.version
        day = place.day if by == "day" else TOTAL
        group = groups[place.strategy_id, version, day]
        group.setdefault((row.channel, row.currency), Counter()).update(counters)
    return [_strategy(*key, groups[key]) for key in sorted(groups)]


def _strategy(strategy_id: str, version: int, day: str, found: _Of) -> StrategyFigures:
    own = found.get(("", ""), Counter())
    named = {name: own[name] for name in ("pushes", *_ENDS)}
    reasons = {reason: own[counter] for reason, counter in WITHHELD_BY.items()}
    return StrategyFigures(
        strategy_id=strategy_id,
        withheld_by=WithheldBy(**reasons),
        running=own["pushes"] - sum(own[name] for name in _ENDS),
        channels=_channels(found),
        totals=_totals(found, own["reached"]),
        conversion=_conversion(own),
        version=version or None,
        day=None if day == TOTAL else day,
        **named,
    )


def _channels(found: _Of) -> list[ChannelFigures]:
    shown = []
    for channel in sorted({channel for channel, _ in found} - {""}):
        own = found.get((channel, ""), Counter())
        money = [
            Money(
                currency=currency,
                cost_micros=sums["cost_micros"],
                waste_micros=sums["waste_micros"],
            )
            for (name, currency), sums in sorted(found.items())
            if name == channel and currency and (sums["cost_micros"] or sums["waste_micros"])
        ]
        counted = {name: own[name] for name in ("sent", "reached", "failed")}
        shown.append(ChannelFigures(channel=channel, money=money, **counted))
    return shown


def _totals(found: _Of, reached: int) -> list[Totals]:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, currency), counters in found.items():
        if currency:
            sums[currency].update(counters)
    return [
        Totals(
            currency=currency,
            cost_micros=counted["cost_micros"],
            waste_micros=counted["waste_micros"],
            saved_micros=counted["saved_micros"],
            everywhere_micros=counted["cost_micros"] + counted["saved_micros"],
            per_reached_micros=counted["cost_micros"] // reached if reached else None,
        )
        for currency, counted in sorted(sums.items())
        if any(counted.values())
    ]


def _conversion(own: Counter[str]) -> Conversion:
    counted = {name: own[name] for name in OF_STRATEGY if "treated" in name}
    found = lift(
        own["treated_converted"],
        own["treated"],
        own["untreated_converted"],
        own["untreated"],
    )
    shown = Conversion(**counted)
    if found is not None:
        shown.difference = round(found.difference, 6)
        shown.low, shown.high = round(found.low, 6), round(found.high, 6)
    return shown


def sheet(rows: Iterable[StrategyFigures]) -> str:
    """Return CSV: a line for each strategy, and one for each of its channels and its currencies.

    What has no channel is the strategy's own; numbers that are not of a line are empty in it.
    """
    lines = (line for row in rows for line in _lines(row))
    return sheets.render(COLUMNS, ([line.get(name) for name in COLUMNS] for line in lines))


def _lines(row: StrategyFigures) -> Iterator[dict[str, Any]]:
    of_it = {"day": row.day, "strategy_id": row.strategy_id, "version": row.version}
    shown = {name: getattr(row, name) for name in ("pushes", "running", *_ENDS)}
    conversion = {name: getattr(row.conversion, name) for name in row.conversion.__struct_fields__}
    reasons = {WITHHELD_BY[name]: getattr(row.withheld_by, name) for name in WITHHELD_BY}
    yield of_it | shown | reasons | conversion
    for total in row.totals:
        yield of_it | {name: getattr(total, name) for name in total.__struct_fields__}
    for channel in row.channels:
        own = {name: getattr(channel, name) for name in ("channel", "reached", *_CHANNEL)}
        yield of_it | own
        for money in channel.money:
            spent = {name: getattr(money, name) for name in money.__struct_fields__}
            yield of_it | {"channel": channel.channel} | spent
