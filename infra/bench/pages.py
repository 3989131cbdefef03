"""What the first load of a page asks for and brings, as Chromium counts it (tests/browser)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infra.bench.goals import Goal, Ratio
from infra.local.instance import ROOT
from infra.local.preflight import Unready

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT_BYTES = 50_000
CHILD_SECONDS = 600  # a busy machine: half a minute otherwise


@dataclass(frozen=True)
class Weight:
    """A page's first load; bytes of bodies, without headers."""

    name: str
    requests: int
    sent: int  # as it travels, compressed
    whole: int  # as it is


def measure() -> list[Weight]:
    """Open every page of the gallery in a browser. Raises Unready where that fails."""
    with tempfile.TemporaryDirectory() as home:
        result = Path(home) / "weights.json"
        done = subprocess.run(
            [sys.executable, "-m", "tests.browser", "weights", result],
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'layers' / 'sluice'}{os.pathsep}{ROOT}"},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,  # where functions log
            stderr=subprocess.PIPE,
            text=True,
            timeout=CHILD_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Unready(f"The pages could not be weighed:\n{done.stderr[-4000:]}")
        return [Weight(**each) for each in json.loads(result.read_text())]


def goals(weights: Sequence[Weight]) -> list[Goal]:
    """Return the goal of a page's weight, of the heaviest."""
    worst = max(weights, key=lambda each: each.whole)
    what = f"first load of a page / 50 kB, uncompressed: heaviest `{worst.name}`"
    return [Goal(what, Ratio(worst.whole / LIMIT_BYTES), 1.0, 0.5)]
