"""Where one embedded AWS lives: its name, port, folder and the environment its clients need.

Several may run at once (the demo's, the flow tests'): a name and a port tell them apart.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.preflight import Unready

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
REGION = "us-east-1"
PORT_VARIABLE = "SLUICE_PORT"
MAX_PORT = 65535
WECOM_OFFSET = 1000
WECHAT_OFFSET = 2000


def _port() -> int:
    given = os.environ.get(PORT_VARIABLE, "4566")
    if not given.isdecimal() or not 1 <= int(given) <= MAX_PORT:
        raise Unready(f"{PORT_VARIABLE}={given} is no port: a number from 1 to {MAX_PORT}")
    return int(given)


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Let one process at a time into the block; `path` names what they would meet over.

    Others wait without a limit of their own: what is done inside has one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Instance:
    """One embedded AWS on 127.0.0.1; by default the demo's, on SLUICE_PORT or 4566."""

    name: str = "demo"
    port: int = field(default_factory=_port)

    @property
    def home(self) -> Path:
        """The folder of its state, its log and its temporary files."""
        return LOCAL / self.name

    @property
    def log(self) -> Path:
        """What the server printed."""
        return self.home / "server.log"

    @property
    def endpoint(self) -> str:
        """The address every AWS client is given; not 127.0.0.1, which is the API's, see `url`."""
        return f"http://localhost:{self.port}"

    @property
    def wecom_url(self) -> str:
        """Where the functions look for WeCom: a double's address, if somebody starts one there."""
        return f"http://127.0.0.1:{self.port + WECOM_OFFSET}"

    @property
    def wechat_url(self) -> str:
        """Where the functions look for WeChat, likewise."""
        return f"http://127.0.0.1:{self.port + WECHAT_OFFSET}"

    @property
    def url(self) -> str:
        """Where browsers and HTTP clients find the deployed API, the same over all deployments.

        The embedded AWS tells the two apart by the Host header: `127.0.0.1` is registered as the
        API's custom domain (see `infra.local.deploy`), so paths, cookies and root-relative links
        are as behind a real domain, and no client needs a name service or a forged header.
        """
        return f"http://127.0.0.1:{self.port}"

    def aws_environment(self) -> dict[str, str]:
        """The variables that keep an AWS client on this instance and off the real AWS.

        The key `test` is its root: what is done with it is not checked against any policy.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
        }

    def client_environment(self) -> dict[str, str]:
        """This process's environment without its AWS settings, plus this instance's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | self.aws_environment()
