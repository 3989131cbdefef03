"""Schedule, every minute: give back the seats that nobody confirmed in time (A6).

16 queries of the expiry index and more where there is more; for each seat one read and one
transaction of two items (4 write units and 1 of the index). Ends after 40 seconds at the latest.
"""

import time
from typing import Any

from sluice.codes.store import expiry
from sluice.shared import clock, events, telemetry

SECONDS = 40


@events.scheduled
def handler(event: dict[str, Any]) -> None:  # noqa: ARG001 - the schedule says nothing else
    """Release what has expired."""
    telemetry.note(released=expiry.release_expired(clock.now(), time.monotonic() + SECONDS))
