"""Metrics from the log line, in CloudWatch's embedded metric format: no request, no import."""

from datetime import datetime

from sluice.shared import telemetry

NAMESPACE = "Sluice"


def count(name: str, now: datetime) -> None:
    """Count one of `name` with the line that this invocation will log."""
    described = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"]],  # a field of every line
        "Metrics": [{"Name": name, "Unit": "Count"}],
    }
    facts = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [described]}
    telemetry.note(_aws=facts, **{name: 1})
