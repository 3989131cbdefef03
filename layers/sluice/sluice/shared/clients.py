"""AWS clients: one of each for the life of the process, with timeouts and few attempts."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})


@cache
def client(service: str) -> Any:
    """Return the client of a service, made at its first use."""
    made: Any = boto3.client(service, config=_CONFIG)  # type: ignore[call-overload]
    return made
