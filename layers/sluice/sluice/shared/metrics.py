"""Metrics from the log line, in CloudWatch's embedded metric format: no request, no import."""

from collections.abc import Mapping
from datetime import datetime

from sluice.shared import telemetry

NAMESPACE = "Sluice"


def count(name: str, now: datetime) -> None:
    """Count one of `name` with the line that this invocation will log."""
    tally({name: 1}, now)


def tally(counts: Mapping[str, int], now: datetime) -> None:
    """Count so many of each name with the line that this invocation will log.

    What was counted before is added to, so that parts of a batch may count for themselves.
    """
    noted = telemetry.noted()
    known = noted["_aws"]["CloudWatchMetrics"][0]["Metrics"] if "_aws" in noted else []
    totals: dict[str, int] = {metric["Name"]: noted[metric["Name"]] for metric in known}
    totals |= {name: totals.get(name, 0) + number for name, number in counts.items()}
    described = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"]],  # a field of every line
        "Metrics": [{"Name": name, "Unit": "Count"} for name in totals],
    }
    facts = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [described]}
    telemetry.note(_aws=facts, **totals)
