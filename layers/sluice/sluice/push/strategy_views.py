"""Strategies as they are shown (E1)."""

from datetime import datetime
from typing import Literal

from sluice.push.rules.strategies import Channel
from sluice.push.rules.windows import QuietHours
from sluice.push.store.strategies import definition_of
from sluice.push.strategy_tables import Strategy
from sluice.shared.http import Versioned, View


class StrategyView(Versioned):
    """One version of a strategy; what stands at its default is left out."""

    strategy_id: str
    created_at: datetime
    purpose: str
    channels: tuple[Channel, ...]
    behaviours: dict[str, str]
    consent: Literal["required", "assumed"]
    conversion_seconds: int
    quiet_hours: QuietHours | None = None
    hold_out_percent: int = 0
    expires_seconds: int | None = None


class ListedStrategy(View):
    """The latest version of a strategy, in the list."""

    strategy_id: str
    version: int
    created_at: datetime
    purpose: str


class StrategyPage(View):
    """Some of the strategies, by id."""

    items: list[ListedStrategy]
    next_cursor: str | None = None


def of_strategy(item: Strategy) -> StrategyView:
    """Return the view of a version."""
    definition = definition_of(item)
    terms = definition.terms
    return StrategyView(
        strategy_id=item.strategy_id,
        version=int(item.version),
        created_at=item.created_at,
        purpose=definition.purpose,
        channels=definition.channels,
        behaviours=definition.behaviours,
        consent=terms.consent,
        conversion_seconds=terms.conversion_seconds,
        quiet_hours=terms.quiet_hours,
        hold_out_percent=terms.hold_out_percent,
        expires_seconds=terms.expires_seconds,
    )


def listed(item: Strategy) -> ListedStrategy:
    """Return a line of the list."""
    return ListedStrategy(
        strategy_id=item.strategy_id,
        version=int(item.version),
        created_at=item.created_at,
        purpose=item.purpose,
    )
