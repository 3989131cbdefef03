"""Prints what the fuzzer saw, from whichever worker it ran on."""

from typing import Any

SUMMARY = "fuzz summary"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the lines that the tests have recorded."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, line in report.user_properties:
                    if name == SUMMARY:
                        terminalreporter.write_line(str(line))
