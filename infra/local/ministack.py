"""Start, stop and ask the embedded AWS (MiniStack), a background process on 127.0.0.1.

The server holds a lock file for as long as it lives: the lock, not a remembered process id,
tells whether it runs, so a stale id can never end a stranger's process.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import IO

from infra.local.instance import LOCAL, PORT_VARIABLE, REGION, ROOT, Instance
from infra.local.preflight import Unready, need_free_port

PYTHON = LOCAL / "ministack-venv" / "bin" / "python"
START_SECONDS = 120  # a second on an idle machine; patience costs nothing
STOP_SECONDS = 60  # it saves what it holds first


def server_environment(instance: Instance) -> dict[str, str]:
    """Everything the server sees, and with it every function it runs: nothing of the caller's."""
    home = instance.home
    return {
        "PATH": os.defpath,
        "HOME": str(home),  # no ~/.aws of the developer's
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": instance.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "BIND_HOST": "127.0.0.1",  # the default is all interfaces
        "GATEWAY_PORT": str(instance.port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "AUTH": "true",  # functions have exactly their roles' rights
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "s3"),
        "LAMBDA_WARM_TTL_SECONDS": "60",
        "LOG_LEVEL": os.environ.get("SLUICE_LOG_LEVEL", "WARNING"),
    }


def _take_lock(instance: Instance) -> IO[str] | None:
    instance.home.mkdir(parents=True, exist_ok=True)
    lock = (instance.home / "server.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def is_running(instance: Instance) -> bool:
    """Whether the server's process is there (it may not answer yet)."""
    lock = _take_lock(instance)
    if lock is None:
        return True
    lock.close()
    return False


def is_healthy(instance: Instance) -> bool:
    """Whether it answers on its port."""
    try:
        with urllib.request.urlopen(f"{instance.endpoint}/_ministack/health", timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (OSError, HTTPException):
        return False


def need(instance: Instance) -> None:
    """Refuse to go on where it does not answer. Raises Unready: with what to do."""
    _need_its_port(instance)
    if not is_healthy(instance):
        raise Unready("The embedded AWS is not running: run `make demo` first")


def _need_its_port(instance: Instance) -> None:
    """Refuse to wait for one that runs, on a port that another shell chose."""
    port = int(_written(instance)[1]) if is_running(instance) else instance.port
    if port != instance.port:
        raise Unready(f"The embedded AWS runs on another port: say {PORT_VARIABLE}={port} first")


def _written(instance: Instance) -> list[str]:
    """The server's process id and its port."""
    return (instance.home / "server.pid").read_text().split()


def start(instance: Instance, *, fresh: bool = False) -> None:
    """Start it and wait until it answers; no effect where it runs already.

    `fresh` drops what it stored before (only of a server that does not run).

    Raises:
        Unready: the environment is missing, the port is taken, it runs on another, or it did not
            come up.
    """
    if not PYTHON.exists():
        raise Unready("The embedded AWS is not installed: run `make setup`")
    lock = _take_lock(instance)
    if lock is not None:
        with lock:
            need_free_port(instance.port, PORT_VARIABLE)
            _launch(instance, lock, fresh=fresh)
    _need_its_port(instance)
    _wait_until_healthy(instance)


def _launch(instance: Instance, lock: IO[str], *, fresh: bool) -> None:
    if fresh:
        for name in ("state", "s3"):
            shutil.rmtree(instance.home / name, ignore_errors=True)
    shutil.rmtree(instance.home / "tmp", ignore_errors=True)
    (instance.home / "tmp").mkdir()
    with instance.log.open("w") as log:
        server = subprocess.Popen(
            [PYTHON, "-m", "infra.local.compat"],
            cwd=ROOT,
            env=server_environment(instance),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[lock.fileno()],  # the lock lives as long as the server
            start_new_session=True,  # survives this process; its workers share its group
        )
    (instance.home / "server.pid").write_text(f"{server.pid} {instance.port}")


def _wait_until_healthy(instance: Instance) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if is_healthy(instance):
            return
        if not is_running(instance):
            last = instance.log.read_text(errors="replace").strip().splitlines()[-1:]
            raise Unready(f"The embedded AWS ended: {' '.join(last)} (see {_shown(instance.log)})")
        time.sleep(0.05)
    raise Unready(f"The embedded AWS did not answer in {START_SECONDS} s: {_shown(instance.log)}")


def stop(instance: Instance) -> bool:
    """End the server, letting it save its state, then the workers it left; False if none ran."""
    if not is_running(instance):
        return False
    pid = int(_written(instance)[0])
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_running(instance) and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return True  # it left no worker
    return True


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def main() -> None:
    """The command line: start, stop or status of one instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "status"])
    parser.add_argument("--name", default="demo")
    parser.add_argument("--port", type=int, help=f"default: {PORT_VARIABLE} or 4566")
    parser.add_argument("--fresh", action="store_true", help="forget what it stored")
    options = parser.parse_args()
    instance = Instance(options.name, options.port) if options.port else Instance(options.name)
    if options.command == "start":
        start(instance, fresh=options.fresh)
        print(f"The embedded AWS answers on {instance.endpoint}, log {_shown(instance.log)}")
    elif options.command == "stop":
        print("Stopped." if stop(instance) else "It was not running.")
    else:
        print("running" if is_healthy(instance) else "not running")


if __name__ == "__main__":
    main()
