"""What operators are shown of what is counted: over which days, net, and who stayed (A8)."""

from collections.abc import Mapping
from datetime import date

from sluice.codes.rules.counts import COUNTERS, LOST_WITHIN, RETAINED_DAYS

NOW = ("customers", "reserved")  # what is so now, whatever days are asked for


def of_all(counters: Mapping[str, int]) -> dict[str, int]:
    """Return what is shown of all that was counted, of which some counters say what is now."""
    shown = {name: counters.get(name, 0) for name in COUNTERS}
    return shown | {"net": shown["connections"] - shown["losses"]}


def of_days(counters: Mapping[str, int], last: date, today: date) -> dict[str, int]:
    """Return what is shown of some days, the latest of which is `last`.

    `retained_n` is how many of their connections no loss had ended by n days later. It is not
    there before those days are over: until then it could still fall.
    """
    shown = {name: number for name, number in of_all(counters).items() if name not in NOW}
    for days, lost_within in zip(RETAINED_DAYS, LOST_WITHIN, strict=True):
        if (today - last).days > days:
            shown[f"retained_{days}"] = shown["connections"] - counters.get(lost_within, 0)
    return shown
