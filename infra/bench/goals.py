"""The goals: what must be reached, what is a stretch, and what this run reached."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from infra.bench.cold import NAMED, Cold

JOIN, SCAN, ISSUE = NAMED
BLOCKS = 10  # of warm calls: their medians give the spread


@dataclass(frozen=True)
class Ratio:
    """A figure over its floor, and the spread of single runs."""

    value: float
    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        """Show it with its spread."""
        if self.least is None:
            return f"{self.value:.3g}"
        return f"{self.value:.2f} ({self.least:.2f}..{self.most:.2f})"


@dataclass(frozen=True)
class Goal:
    """A ratio and its limits; at most is good enough."""

    what: str
    reached: Ratio
    must: float
    stretch: float | None

    @property
    def verdict(self) -> str:
        """Tell which limit is kept."""
        value = round(self.reached.value, 3)
        if self.stretch is not None and value <= self.stretch:
            return "stretch met"
        return "met" if value <= self.must else "**not met**"


def over(ours: list[float], floor: list[float]) -> Ratio:
    """Divide in pairs, which ran one after the other: their median and their spread."""
    pairs = [a / b for a, b in zip(ours, floor, strict=False)]
    return Ratio(median(pairs), min(pairs), max(pairs))


def over_in_blocks(ours: list[float], floor: list[float]) -> Ratio:
    """Divide medians of many short calls; the spread is that of blocks of them."""
    size = len(ours) // BLOCKS
    cut = [slice(i * size, (i + 1) * size) for i in range(BLOCKS)]
    pairs = [median(ours[block]) / median(floor[block]) for block in cut]
    return Ratio(median(ours) / median(floor), min(pairs), max(pairs))


def of_cold(cold: Cold) -> list[Goal]:
    """Return the goals of cold starts."""
    ratios = {name: over(starts.cold, cold.floor) for name, starts in cold.starts.items()}
    others = {name: ratio for name, ratio in ratios.items() if name not in NAMED}
    worst = max(others, key=lambda name: others[name].value)
    join = cold.starts[JOIN]
    return [
        Goal("cold join / R", ratios[JOIN], 1.0, 0.8),
        Goal("cold scan / R", ratios[SCAN], 0.95, 0.8),
        Goal("cold issue / R", ratios[ISSUE], 0.95, 0.8),
        Goal(f"any other, cold / R: worst `{worst}`", others[worst], 1.6, 1.2),
        Goal("first call of a join / second", over(join.first, join.second), 4, 2),
    ]


def of_warm(warm: dict[str, list[float]]) -> list[Goal]:
    """Return the goal of a warm join."""
    return [Goal("warm join / W", over_in_blocks(warm["join"], warm["W"]), 1.0, 0.8)]


def of_costs(costs: dict[str, dict[str, Any]], rush: dict[str, Any]) -> list[Goal]:
    """Return the goals of what DynamoDB is asked."""
    repeated, sold_out = costs["repeated_join"], costs["sold_out_join"]
    return [
        Goal("writes per seat to 90 % full", Ratio(rush["to_90"]), 1.02, 1.01),
        Goal("writes per seat, whole fill", Ratio(rush["whole"]), 1.03, 1.02),
        Goal("write units of a join, without indexes", Ratio(costs["join"]["write"]), 4.1, 4.0),
        Goal("requests of a join", Ratio(costs["join"]["requests"]), 1, None),
        Goal("requests of a repeated join", Ratio(repeated["requests"]), 1, None),
        Goal("reads of a repeated join", Ratio(repeated["read"]), 0, None),
        Goal("requests of a sold-out join", Ratio(sold_out["requests"]), 1, None),
    ]


def of_the_rest(images: dict[str, dict[str, list[float]]], transitions: int) -> list[Goal]:
    """Return the goals of images and pushes."""
    return [
        Goal(
            "QR SVG / segno alone", over(images["svg"]["ours"], images["svg"]["floor"]), 1.0, 0.35
        ),
        Goal("state transitions for a push attempt", Ratio(transitions), 1, None),
    ]
