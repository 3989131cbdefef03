"""Prints how many points were tried, over all workers."""

from typing import Any

POINTS = "fault points"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Add up what the tests have recorded."""
    tried = 0
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                tried += sum(n for name, n in report.user_properties if name == POINTS)
    if tried:
        terminalreporter.write_line(f"faults: {tried} points were tried")
