"""Counting again what pushes cost and brought, from what is stored, without the product's rules."""

import json
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sluice.push.figure_tables import FiguresRow
from sluice.push.tables import PushItem
from tests.support.aws import items_of

ZONE = ZoneInfo("Asia/Shanghai")  # of the tests' organisation
COUNTED = (
    *("pushes", "reached", "unreached", "cancelled", "withheld", "held_out"),
    *("withheld_consent", "withheld_suppressed", "withheld_address"),
    *("withheld_frequency", "withheld_expired"),
    *("treated", "treated_converted", "untreated", "untreated_converted"),
    *("sent", "failed", "cost_micros", "waste_micros", "saved_micros"),
)

# Strategy, version, day or total, channel, currency, counter.
type Key = tuple[str, int, str, str, str, str]
type Stored = dict[str, Any]


def figures() -> dict[Key, int]:
    """Count what became of every push that is stored, on the day it was started and in all."""
    sums: Counter[Key] = Counter()
    for items in _pushes().values():
        push, plan = items["push"], json.loads(items["plan"]["plan"])
        created = datetime.fromisoformat(push["created_at"])
        strategy = (push["strategy_id"], int(push["strategy_version"]))
        for day in (created.astimezone(ZONE).date().isoformat(), "total"):
            for (channel, currency, counter), number in _of(items, push, plan).items():
                sums[*strategy, day, channel, currency, counter] += number
    return {key: number for key, number in sums.items() if number}


def stored_figures() -> dict[Key, int]:
    """Read every counter of the figures' table, its shards added up."""
    sums: Counter[Key] = Counter()
    for item in items_of(FiguresRow):
        assert isinstance(item, FiguresRow)
        first, version, channel, currency = item.row.split("#")
        parts = item.key.split("#")
        strategy, day = (parts[1], first) if len(parts) == 3 else (first, "total")
        names = (strategy, int(version), day, channel.strip("-"), currency.strip("-"))
        for counter in COUNTED:
            sums[*names, counter] += int(getattr(item, counter) or 0)
    return {key: number for key, number in sums.items() if number}


def _pushes() -> dict[str, dict[str, Stored]]:
    """Return the items of each push by their range key, as plain values."""
    found: dict[str, dict[str, Stored]] = {}
    for item in items_of(PushItem):
        raw = {name: next(iter(value.values())) for name, value in item.serialize().items()}
        if raw["kind"] in {"push", "plan", "attempt", "window"}:
            found.setdefault(raw["key"], {})[raw["item"]] = raw
    return found


def _of(items: dict[str, Stored], push: Stored, plan: Stored) -> Counter[tuple[str, str, str]]:
    sums: Counter[tuple[str, str, str]] = Counter({("", "", "pushes"): 1})
    if push["status"] == "withheld":
        by = push["withheld_by"]
        sums["", "", "held_out" if by == "hold_out" else "withheld"] += 1
        sums["", "", f"withheld_{by}"] += by != "hold_out"
    elif push["status"] != "running":
        sums["", "", push["status"]] += 1
    if push["status"] == "reached":
        sums[plan["channels"][int(push["reached_position"])]["channel"], "", "reached"] += 1
        for channel in plan["channels"][int(push["position"]) + 1 :]:
            price = channel["price"]
            sums[channel["channel"], price["currency"], "saved_micros"] += price["amount_micros"]
    for name, attempt in items.items():
        if name.startswith("attempt#"):
            _add_attempt(sums, attempt)
    window = items.get("window", {})
    if "converted" in window:
        group = "untreated" if window["held_out"] else "treated"
        sums["", "", group] += 1
        sums["", "", f"{group}_converted"] += bool(window["converted"])
    return sums


def _add_attempt(sums: Counter[tuple[str, str, str]], attempt: Stored) -> None:
    channel, currency = attempt["channel"], attempt["currency"]
    sums[channel, "", "failed"] += bool(attempt.get("failed")) and "withheld" not in attempt
    waits = "send_at" in attempt or "withheld" in attempt or attempt.get("tries") == "0"
    if "sent_at" not in attempt and (attempt.get("failed") or waits):
        return
    sums[channel, "", "sent"] += 1
    sums[channel, currency, "cost_micros"] += int(attempt["price_micros"])
    if attempt.get("waste"):
        sums[channel, currency, "waste_micros"] += int(attempt["price_micros"])
