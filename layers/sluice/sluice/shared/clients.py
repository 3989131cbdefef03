"""AWS clients: one of each for the life of the process, with timeouts and few attempts."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

# Together below a function's 10 seconds, so that it can still say 503.
CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 2})


@cache
def client(service: str) -> Any:
    """Return the client of a service, made at its first use."""
    made: Any = boto3.client(service, config=CONFIG)  # type: ignore[call-overload]
    return made
