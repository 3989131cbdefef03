"""Keeps the machines quiet."""

import logging
from collections.abc import Iterator

import pytest

from sluice.shared import telemetry


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Hold back the line that each call of a function logs: a machine makes thousands."""
    level = telemetry.logger.log_level
    telemetry.logger.setLevel(logging.ERROR)
    yield
    telemetry.logger.setLevel(level)
