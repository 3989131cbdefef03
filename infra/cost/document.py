"""docs/cost.md: its tables; the text around them is written by hand."""

import json
from collections.abc import Iterable, Iterator

from infra import blocks, template
from infra.cost import bill
from infra.cost.bill import Inputs
from infra.local.instance import ROOT

DOCUMENT = ROOT / "docs" / "cost.md"
COUNTED = bill.FOLDER / "counted.json"
CUSTOMERS = (10_000, 100_000, 1_000_000, 10_000_000)  # a month
POLLED = "Type: SQS, Properties: { Queue:"  # how the template writes a function's queue


def counts() -> dict[str, int]:
    """Return what costs while nothing happens, as it was counted when the document was written."""
    found: dict[str, int] = json.loads(COUNTED.read_text())
    return found


def counted() -> dict[str, int]:
    """Count that in the template."""
    loaded = template.load()
    rules = template.resources(loaded, template.RULE)
    of_rules = [rules[target.rule].get("ScheduleExpression") for target in template.targets(loaded)]
    return {
        "each minute": of_rules.count("rate(1 minute)"),
        "each five minutes": of_rules.count("rate(5 minutes)"),
        "queues polled": template.TEMPLATE.read_text().count(POLLED),
        "alarms": len(template.resources(loaded, "AWS::CloudWatch::Alarm")),
        "dashboards": len(template.resources(loaded, "AWS::CloudWatch::Dashboard")),
        "secrets": len(template.resources(loaded, "AWS::SecretsManager::Secret")),
    }


def written(text: str, inputs: Inputs) -> str:
    """Return the document with its tables made from these inputs."""
    return blocks.written(
        text,
        {
            "journeys": _journeys(inputs),
            "operations": _operations(inputs),
            "idle": _idle(inputs),
            "servers": _servers(inputs),
        },
    )


def _journeys(inputs: Inputs) -> str:
    rows = []
    for journey in bill.JOURNEYS:
        parts = bill.of_journey(inputs, journey)
        rows.append((journey.name, f"**{sum(parts.values()):.2f}**", *_usd(parts.values())))
    return blocks.table(f"a million of | USD | {' | '.join(bill.PARTS)}", rows)


def _operations(inputs: Inputs) -> str:
    rows = []
    for name, function in bill.OPERATIONS.items():
        cost = inputs.measured[name]
        units = (f"{cost[what]:g}" for what in ("requests", "write", "index", "read", "events"))
        duration = f"{bill.duration_ms(inputs, name):.0f}"
        rows.append(
            (name.replace("_", " "), f"`{function}`", *units, f"{cost['cpu_ms']:.1f}", duration)
        )
    head = (
        "operation | function | requests | write units | of indexes | read units | events | "
        "CPU, ms | billed, ms"
    )
    return blocks.table(head, rows)


def _idle(inputs: Inputs) -> str:
    parts = bill.of_idle_month(inputs, counts())
    rows = [(name, f"{usd:.2f}") for name, usd in parts.items()]
    return blocks.table("a month | USD", [*rows, ("together", f"**{sum(parts.values()):.2f}**")])


def _servers(inputs: Inputs) -> str:
    idle = sum(bill.of_idle_month(inputs, counts()).values())
    each, stored = bill.of_customer(inputs), _stored(inputs)
    servers = bill.servers(inputs)
    rows = [(f"Sluice, {n:,} customers a month", f"{idle + n * each:,.2f}") for n in CUSTOMERS]
    rows += [(name, f"{usd:,.2f}") for name, usd in servers.items()]
    rows += [
        (f"they meet at: {name}", f"{max(0.0, usd - idle) / each:,.0f} customers a month")
        for name, usd in servers.items()
    ]
    rows += [("keeping a million customers for a month", f"{stored:.2f}")]
    return blocks.table("what | USD a month", rows)


def _stored(inputs: Inputs) -> float:
    gigabyte = inputs.prices["gigabyte"]
    return bill.KEPT_BYTES * 1e6 / 1e9 * (gigabyte["stored"] + gigabyte["recovery"])


def _usd(values: Iterable[float]) -> Iterator[str]:
    return (f"{usd:.2f}" for usd in values)
