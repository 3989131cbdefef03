"""Prints the seed, and how many steps the machines made, over all workers."""

from typing import Any

STEPS, SEED = "model steps", "model seed"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Add up what the tests have recorded."""
    steps, seeds = 0, set()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                found = dict(report.user_properties)
                steps += found.get(STEPS, 0)
                seeds |= {found[SEED]} if SEED in found else set()
    if steps:
        terminalreporter.write_line(f"model: {steps} steps, FAULTS_SEED={' '.join(sorted(seeds))}")
