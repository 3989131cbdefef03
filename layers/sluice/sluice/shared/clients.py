"""AWS clients: one session, one client of each service, with timeouts and few attempts."""

from functools import cache
from threading import Lock
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

# Together below a function's 10 seconds, so that it can still say 503.
CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 3
ATTEMPTS = 2
_making = Lock()  # a session is one thread's at a time, its clients are all threads'


def config(read_timeout_seconds: float = READ_TIMEOUT_SECONDS, attempts: int = ATTEMPTS) -> Config:
    """Return the settings of a client.

    What is sent is not checked against the service's model first (the service does), and the
    user agent is ours, not put together anew for each request: a third of a call's time.
    """
    return Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=read_timeout_seconds,
        retries={"total_max_attempts": attempts, "mode": "standard"},
        parameter_validation=False,
        user_agent="sluice",
    )


@cache
def session() -> Session:
    """Return the one session: its data and credentials are read once for all clients."""
    return get_session()


@cache
def client(service: str, attempts: int = ATTEMPTS) -> Any:
    """Return the client of a service, made at its first use.

    One attempt is for what must not be done twice.
    """
    with _making:
        return session().create_client(service, config=config(attempts=attempts))
