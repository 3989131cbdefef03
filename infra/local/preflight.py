"""What must be there before anything local runs: one clear line each, saying what to do."""

from __future__ import annotations

import secrets
import shutil
import socket
import sys

FIRST_PORT, PORTS = 10_000, 20_000
TRIES = 100


class Unready(SystemExit):
    """Something is missing or taken; ends a command with its one line and exit code 1."""


def need_python() -> None:
    """Refuse any Python but 3.13, the version of the deployed runtime.

    Raises:
        Unready: another version runs this.
    """
    if sys.version_info[:2] != (3, 13):
        version = ".".join(map(str, sys.version_info[:2]))
        raise Unready(f"This is Python {version}: run `make setup`, then use .venv/bin/python")


def need_tool(name: str, purpose: str) -> str:
    """The path of a command, e.g. `need_tool("java", "DynamoDB Local")`.

    Raises:
        Unready: it is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise Unready(f"{name} is missing ({purpose} needs it): install it and run this again")
    return path


def port_is_free(port: int) -> bool:
    """Whether 127.0.0.1:port can be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def need_free_port(port: int, variable: str) -> None:
    """Refuse a port that something else listens on.

    Raises:
        Unready: the line names the environment variable that chooses another port.
    """
    if not port_is_free(port):
        raise Unready(
            f"Port {port} on 127.0.0.1 is in use: stop what listens there, "
            f"or choose another, e.g. {variable}={port + 1}"
        )


def free_port() -> int:
    """A port of 127.0.0.1 that nothing used a moment ago; the caller should take it soon.

    None of those that Linux and macOS lend to outgoing connections: one of many clients' could have
    it by then, or another at a distance where a double will listen.

    Raises:
        Unready: none was found.
    """
    for _ in range(TRIES):
        port = FIRST_PORT + secrets.randbelow(PORTS)
        if port_is_free(port):
            return port
    raise Unready(f"No port of {TRIES} tried on 127.0.0.1 is free")
