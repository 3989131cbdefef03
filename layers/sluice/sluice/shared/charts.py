"""A chart of days, as SVG: columns next to each other, of at most two things (B7).

It has no text: pages put labels beside it, so that they are as large as other text however wide
the chart is drawn. Colours come from the page, by class.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

HEIGHT = 100
SLOT = 10  # the width of a day
GAP = 2  # of it that stays free
_STEPS = (1, 2, 5)


class Column(NamedTuple):
    """A day: what it is called, and how many of each thing."""

    label: str  # said when it is pointed at
    values: tuple[int, ...]


def top_of(columns: Sequence[Column]) -> int:
    """Return where the scale ends: 1, 2 or 5 with noughts, no less than any value."""
    highest = max((value for column in columns for value in column.values), default=0)
    power = 1
    while True:
        for step in _STEPS:
            if step * power >= highest:
                return step * power
        power *= 10


def svg(columns: Sequence[Column], description: str) -> str:
    """Return the chart; things have the classes `first` and `second`. Negative counts as none."""
    width, top = max(1, len(columns)) * SLOT, top_of(columns)
    lines = "".join(f'<path class="line" d="M0 {y}H{width}"/>' for y in (0, HEIGHT // 2, HEIGHT))
    days = "".join(_day(n * SLOT, column, top) for n, column in enumerate(columns))
    return (
        f'<svg role="img" aria-label="{escape(description)}" viewBox="0 0 {width} {HEIGHT}" '
        f'preserveAspectRatio="none">{lines}{days}</svg>'
    )


def _day(left: int, column: Column, top: int) -> str:
    bars = "".join(_bars(left, column, top))
    # The empty rectangle is what one points at where a column is low.
    area = f'<rect class="day" x="{left}" y="0" width="{SLOT}" height="{HEIGHT}"/>'
    return f"<g><title>{escape(column.label)}</title>{area}{bars}</g>"


def _bars(left: int, column: Column, top: int) -> Iterator[str]:
    width = (SLOT - GAP) / max(1, len(column.values))
    names = ("first", "second")
    for number, (name, value) in enumerate(zip(names, column.values, strict=False)):
        height = HEIGHT * max(0, value) / top
        x = left + GAP / 2 + number * width
        yield (
            f'<rect class="{name}" x="{x:g}" y="{HEIGHT - height:g}" '
            f'width="{width:g}" height="{height:g}"/>'
        )
