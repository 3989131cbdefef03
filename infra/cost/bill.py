"""From what was measured to what it costs: pure arithmetic, in USD."""

import json
import tomllib
from dataclasses import dataclass
from typing import Any

from infra import template
from infra.local.instance import ROOT
from infra.local.invoke import logical_id

FOLDER = ROOT / "infra" / "cost"
HOURS = 730.0  # of a month
MINUTES = HOURS * 60
# Assumed, since no AWS account was used (docs/cost.md says so).
WAIT_MS = 8.0  # for a request of DynamoDB
COLD_SHARE, COLD_MS = 0.01, 800.0
LOG_BYTES = 1_000  # of an invocation: Lambda's own lines and ours
TRACED = 0.05  # of requests
CORE_MB = 1769  # of memory bring a whole core
SENT_BYTES = {"scan": 4_500, "join": 1_500}  # a page, compressed, and headers; else:
SENT_BYTES_ELSE = 1_000
KEPT_BYTES = 4_000  # of a customer: seat, assignment, views, claims for 90 days, entries

OPERATIONS = {  # what the bench calls it: the function it is
    "scan": "codes/handle_scan",
    "join": "codes/assign_channel",
    "confirm": "codes/confirm_contact",
    "grant": "rewards/grant_reward",
    "payment": "promoters/record_payment",
    "settle_promotion": "invitations/settle_participation",
    "start_push": "push/start_push",
    "push_step": "push/push_step",
    "receipt": "push/receive_receipt",
    "count_scan": "codes/count_changes",
    "count_join": "codes/count_changes",
    "tell_join": "codes/relay_assignments",
    "count_confirm": "codes/count_changes",
    "tell_confirm": "codes/relay_assignments",
    "reward_referral": "rewards/reward_referral",
    "tell_event": "outbox/relay_outbox",
    "start_chain": "push/start_chain",
    "count_attempt": "push/count_pushes",
}
OVER_HTTP = {"scan", "join", "confirm", "grant", "payment", "start_push", "receipt"}
PARTS = ("gateway", "functions", "tables", "events", "logs and traces", "traffic")


@dataclass(frozen=True)
class Journey:
    """What one thing that happens is made of: operations with how often, and what else it takes."""

    name: str
    steps: dict[str, float]
    events: float = 0.0  # on the bus, beside those of the outbox
    transitions: float = 0.0


JOURNEYS = (
    Journey("scan", {"scan": 1, "count_scan": 1}),
    Journey("join", {"join": 1, "count_join": 1, "tell_join": 1}, events=1),
    Journey("confirmation", {"confirm": 1, "count_confirm": 1, "tell_confirm": 1}, events=1),
    Journey("reward of a referral", {"reward_referral": 1}),
    Journey("reward by a partner", {"grant": 1}),
    Journey("both rewards of a promotion", {"settle_promotion": 1}),
    Journey("payment, split in three", {"payment": 1}),
    Journey(
        "push that the first channel delivers",
        {"start_push": 1, "start_chain": 1, "push_step": 1, "receipt": 1, "count_attempt": 2},
        transitions=2,  # into the only state, and out of it
    ),
    Journey("each further channel of a push", {"push_step": 1, "count_attempt": 2}, transitions=1),
)
CUSTOMER = {"scan": 1.5, "join": 1.0, "confirmation": 0.6, "reward of a referral": 0.6}


@dataclass(frozen=True)
class Inputs:
    """What the bill is made of."""

    prices: dict[str, dict[str, float]]
    measured: dict[str, dict[str, Any]]
    memory_mb: dict[str, int]  # by function


def load() -> Inputs:
    """Read prices, what was measured, and the functions' memory from the template."""
    loaded = template.load()
    base = int(loaded["Globals"]["Function"]["MemorySize"])
    functions = template.resources(loaded, template.FUNCTION)
    memory = {
        name: int(functions[logical_id(name)].get("MemorySize", base))
        for name in OPERATIONS.values()
    }
    prices = tomllib.loads((ROOT / "infra" / "prices.toml").read_text())
    return Inputs(prices, json.loads((FOLDER / "measured.json").read_text()), memory)


def duration_ms(inputs: Inputs, operation: str) -> float:
    """Return how long an invocation is billed, on average, its share of cold starts with it."""
    cost = inputs.measured[operation]
    share = CORE_MB / max(1, min(CORE_MB, inputs.memory_mb[OPERATIONS[operation]]))
    return float(cost["cpu_ms"] * share + cost["requests"] * WAIT_MS + COLD_SHARE * COLD_MS)


def of_operation(inputs: Inputs, operation: str) -> dict[str, float]:
    """Return what a million of an operation cost, by part."""
    cost, million, gigabyte = inputs.measured[operation], *_prices(inputs)
    is_http = operation in OVER_HTTP
    memory = inputs.memory_mb[OPERATIONS[operation]] / 1024
    seconds = duration_ms(inputs, operation) * 1_000  # of a million
    sent = SENT_BYTES.get(operation, SENT_BYTES_ELSE) / 1_000  # GB of a million
    writes = (cost["write"] + cost["index"]) * million["write_units"]
    return {
        "gateway": million["rest_requests"] * is_http,
        "functions": million["lambda_requests"] + seconds * memory * gigabyte["seconds"],
        "tables": writes + cost["read"] * million["read_units"],
        "events": cost["events"] * million["events"],
        "logs and traces": LOG_BYTES / 1_000 * gigabyte["logs"] + TRACED * million["traces"],
        "traffic": sent * gigabyte["out"] * is_http,
    }


def _prices(inputs: Inputs) -> tuple[dict[str, float], dict[str, float]]:
    return inputs.prices["million"], inputs.prices["gigabyte"]


def of_journey(inputs: Inputs, journey: Journey) -> dict[str, float]:
    """Return what a million of a journey cost, by part; its events are relayed, too."""
    million = inputs.prices["million"]
    steps = dict(journey.steps)
    told = sum(times * inputs.measured[name]["events"] for name, times in steps.items())
    if told:
        steps["tell_event"] = told
    total = dict.fromkeys(PARTS, 0.0)
    for name, times in steps.items():
        for part, usd in of_operation(inputs, name).items():
            total[part] += times * usd
    total["events"] += journey.events * million["events"]
    total["events"] += journey.transitions * million["transitions"]
    return total


def of_customer(inputs: Inputs) -> float:
    """Return what one customer costs: scans, a join, a confirmation, a reward."""
    by_name = {journey.name: journey for journey in JOURNEYS}
    return sum(
        times * sum(of_journey(inputs, by_name[name]).values()) / 1e6
        for name, times in CUSTOMER.items()
    )


def of_idle_month(inputs: Inputs, counts: dict[str, int]) -> dict[str, float]:
    """Return what a deployment costs a month in which nothing happens, by what is there."""
    million, gigabyte, month = *_prices(inputs), inputs.prices["month"]
    runs = counts["each minute"] * MINUTES + counts["each five minutes"] * MINUTES / 5
    # A sweep asks up to 16 buckets of an index, half a unit each, one after the other.
    seconds = 16 * WAIT_MS / 1_000 + 0.02
    of_a_run = (
        million["lambda_requests"] / 1e6
        + seconds * CORE_MB / 1024 * gigabyte["seconds"]
        + 8 * million["read_units"] / 1e6
        + LOG_BYTES / 1e9 * gigabyte["logs"]
    )
    polls = counts["queues polled"] * 5 * MINUTES * 3  # five pollers, 20 seconds each
    return {
        "what runs each minute or five": runs * of_a_run,
        "queues that Lambda polls": polls / 1e6 * million["queue_requests"],
        "alarms": counts["alarms"] * month["alarm"],
        "dashboards": counts["dashboards"] * month["dashboard"],
        "secrets": counts["secrets"] * month["secret"],
    }


def servers(inputs: Inputs) -> dict[str, float]:
    """Return what a server of its own costs a month, as the peers are run."""
    hour = inputs.prices["hour"]
    small = hour["t4g_small"] + hour["db_t4g_micro"]
    two = 2 * hour["t4g_medium"] + hour["db_t4g_medium_two_zones"] + hour["load_balancer"]
    return {
        "one small machine and a small database, one zone": small * HOURS,
        "two machines, a database in two zones, a load balancer": two * HOURS,
    }
