"""`sam build`, skipped when nothing it reads has changed since."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.instance import ROOT, exclusively
from infra.local.preflight import Unready

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEMPLATE = ROOT / "template.yaml"
BUILT = ROOT / ".aws-sam" / "build"
BUILT_TEMPLATE = BUILT / "template.yaml"
STAMP = ROOT / ".aws-sam" / "sources"
BUILD_SECONDS = 600


def _sources() -> Iterator[Path]:
    yield TEMPLATE
    yield ROOT / "samconfig.toml"
    for folder in ("functions", "layers", "infra"):
        for path in sorted((ROOT / folder).rglob("*")):
            ours = "__pycache__" not in path.parts and not (
                folder == "infra" and path.suffix == ".py"
            )
            if ours and path.is_file():
                yield path


def fingerprint() -> str:
    """A digest of everything a build and a deployment are made from."""
    digest = hashlib.sha256()
    for path in _sources():
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)} ".encode() + content)
    return digest.hexdigest()[:32]


def _stamp(sources: str) -> str:
    # The time tells a build that somebody else made afterwards, of other sources perhaps.
    return f"{sources} {BUILT_TEMPLATE.stat().st_mtime_ns}"


def build() -> str:
    """Build what is not built yet into .aws-sam/build.

    Returns:
        The fingerprint of the sources it is built from.

    Raises:
        Unready: the build failed; its output is printed.
    """
    with exclusively(STAMP.with_suffix(".lock")):  # test workers come together
        sources = fingerprint()
        built = BUILT_TEMPLATE.exists() and STAMP.exists() and STAMP.read_text() == _stamp(sources)
        if not built:
            sam("build", environment=os.environ, limit_seconds=BUILD_SECONDS)
            STAMP.write_text(_stamp(sources))
    return sources


def build_elsewhere(checkout: Path) -> Path:
    """Build another version's sources, with its own layers; return where its template is.

    Raises:
        Unready: the build failed; its output is printed.
    """
    sam("build", environment=os.environ, limit_seconds=BUILD_SECONDS, folder=checkout)
    return checkout / BUILT.relative_to(ROOT)


def sam(
    *arguments: str, environment: Mapping[str, str], limit_seconds: int, folder: Path = ROOT
) -> None:
    """Run the SAM command line; quiet unless it fails.

    Raises:
        Unready: it failed or took too long; its last lines are printed.
    """
    tools = str(Path(sys.executable).parent)
    path = f"{tools}{os.pathsep}{environment.get('PATH', os.defpath)}"
    began = time.monotonic()
    print(f"sam {arguments[0]} ...", flush=True)
    try:
        done = subprocess.run(
            [f"{tools}/sam", *arguments],
            cwd=folder,
            env={**environment, "PATH": path, "SAM_CLI_TELEMETRY": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=limit_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unready(f"sam {arguments[0]} took over {limit_seconds} s") from None
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-60:]), file=sys.stderr)
        raise Unready(f"sam {arguments[0]} failed, see above")
    print(f"sam {arguments[0]}: {time.monotonic() - began:.0f} s", flush=True)
