"""Prints the seed, and how many steps the machines made, over all workers."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from sluice.shared import telemetry

STEPS, SEED = "model steps", "model seed"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Hold back the line that each call of a function logs: a machine makes thousands."""
    level = telemetry.logger.log_level
    telemetry.logger.setLevel(logging.ERROR)
    yield
    telemetry.logger.setLevel(level)


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
