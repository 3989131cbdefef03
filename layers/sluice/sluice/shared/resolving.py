"""Finding the addresses of a host that somebody else named, in a bounded time."""

import socket
import threading

SECONDS = 3.0
AT_ONCE = 4  # with those that nobody waits for any more
_free = threading.BoundedSemaphore(AT_ONCE)


def addresses_of(host: str, port: int) -> list[str]:
    """Return all addresses of a host. Raises TimeoutError, or OSError: there is no such host.

    `getaddrinfo` knows no timeout, and the name server of a host may answer never: it is asked in a
    thread that is left behind. It ends when the resolver gives up, and so many are left that a
    process which is called again and again does not fill with them.
    """
    found: list[list[str]] = []
    if not _free.acquire(timeout=SECONDS):
        raise TimeoutError

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.append([str(entry[4][0]) for entry in entries])
        except (OSError, UnicodeError):
            found.append([])
        finally:
            _free.release()

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if not found:
        raise TimeoutError
    if not found[0]:
        raise OSError
    return found[0]
