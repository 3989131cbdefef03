"""The Chromium that tests click in: the system's own, as Playwright's download is not always there.

`python -m infra.local.chromium` installs it by apt-get where that can be done without asking
anybody (as root, on a bare machine of CI), and says what to install otherwise.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from infra.local.preflight import Unready

VARIABLE = "SLUICE_CHROMIUM"
INSTALL_SECONDS = 900
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_MISSING = (
    "There is no Chromium, in which the pages are tested: install the package chromium (or "
    f"Google Chrome), or set {VARIABLE} to where one is. SLUICE_BROWSER_TESTS=no leaves out the "
    "tests that need it."
)


def find() -> str | None:
    """Return the path of a Chromium, or None."""
    given = os.environ.get(VARIABLE)
    if given:
        return shutil.which(given)
    found = (shutil.which(name) for name in _NAMES)
    installed = (path for path in _APPLICATIONS if Path(path).exists())
    return next((path for path in (*found, *installed) if path), None)


def needed() -> str:
    """Return the path of a Chromium. Raises Unready, saying what to install."""
    found = find()
    if found is None:
        raise Unready(_MISSING)
    return found


def _install() -> None:
    """Install Chromium by apt-get. Raises Unready where that does not work."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ("--yes", "--no-install-recommends", "install", "chromium")
    for given in (("update",), options):
        command = ("apt-get", "--quiet=2", *given)
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Unready(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{_MISSING}")


def main() -> None:
    """Install it if need be."""
    if find() is not None:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise SystemExit(_MISSING)
    print("browser: installing the package chromium (a minute)", flush=True)
    try:
        _install()
    except (Unready, subprocess.TimeoutExpired) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
