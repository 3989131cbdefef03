"""How full an organisation's channels are, as operators see it (A10)."""

from collections.abc import Sequence

from sluice.codes.rules import fullness
from sluice.codes.rules.fullness import Filled
from sluice.shared.http import View


class KindView(View):
    """The channels of a kind; `full`, `cap` and `held` are of the open ones together."""

    kind: str
    channels: int
    open: int
    full: int
    cap: int
    held: int


class NearView(View):
    """An open channel and what it holds."""

    channel_id: str
    kind: str
    name: str
    cap: int
    held: int


class PoolView(View):
    """How full each kind is, and the open channels with the least room for their caps."""

    kinds: list[KindView]
    nearest: list[NearView]


def of(found: Sequence[Filled], limit: int) -> PoolView:
    """Show a pool, and up to `limit` channels of it."""
    return PoolView(
        kinds=[KindView(**load._asdict()) for load in fullness.by_kind(found)],
        nearest=[
            NearView(
                channel_id=each.channel_id,
                kind=each.kind,
                name=each.name,
                cap=each.cap,
                held=each.held,
            )
            for each in fullness.nearest(found, limit)
        ],
    )
