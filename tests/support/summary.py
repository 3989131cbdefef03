"""What tests tell at the end of a run, from whichever worker they ran on.

A plugin of the whole run: the conftest of a folder is not loaded where workers are only led.
"""

from collections import Counter
from typing import Any

POINTS = "fault points tried"
STEPS = "model steps taken"
SEED = "FAULTS_SEED"
LINE = "line"  # told as it is


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Add up and print what tests have recorded as properties."""
    told = [
        (name, value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
    ]
    totals: Counter[str] = Counter()
    for name, value in told:
        if name in {POINTS, STEPS}:
            totals[name] += value
    for seed in sorted({str(value) for name, value in told if name == SEED}):
        terminalreporter.write_line(f"{SEED}={seed}")
    for name, count in totals.items():
        terminalreporter.write_line(f"{name}: {count}")
    for name, value in told:
        if name == LINE:
            terminalreporter.write_line(str(value))
