"""Known vulnerabilities of every pinned package, as `make check` asks for them.

pip-audit asks the package index for its advisories. A machine without a way there, or behind a
mirror that holds packages alone, must still be able to run the check: what could not be asked
about is said, never counted as clean.
"""

import json
import subprocess
import sys
from typing import Any

# dev.txt holds every package of the layer in the layer's version.
PINS = ("requirements/dev.txt", "requirements/ministack.txt")
_WAIT_SECONDS = 120
_AS_PINNED = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")


def ask(pins: str) -> tuple[str, str]:
    """Return pip-audit's JSON for a file of pinned packages, or nothing and why not."""
    try:
        answered = subprocess.run(
            ["pip-audit", *_AS_PINNED, "--timeout", "5", "--requirement", pins],
            check=False,
            capture_output=True,
            text=True,
            timeout=_WAIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer within {_WAIT_SECONDS} s"
    return answered.stdout, (answered.stderr.strip().splitlines() or ["no reason given"])[-1]


def judge(answer: str) -> tuple[str, list[str]]:
    """Return one line on what was looked at, and a line for each known flaw."""
    packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    unknown = sum("skip_reason" in package for package in packages)
    found = [
        f"{package['name']} {package['version']}: {flaw['id']}"
        f" (mended in {', '.join(flaw['fix_versions']) or 'no version yet'})"
        for package in packages
        for flaw in package.get("vulns", [])
    ]
    said = f"{len(packages) - unknown} packages looked at, {len(found)} known flaws"
    return (f"{said}, {unknown} unknown to the index asked" if unknown else said), found


def main() -> int:
    """Print what was found for each file; 1 when a pinned package has a known flaw."""
    flawed = False
    for pins in PINS:
        answer, reason = ask(pins)
        said, found = judge(answer) if answer.strip() else (f"nothing looked at: {reason}", [])
        print(f"audit of {pins}: {said}", *found, sep="\n  ")
        flawed |= bool(found)
    return 1 if flawed else 0


if __name__ == "__main__":
    sys.exit(main())
