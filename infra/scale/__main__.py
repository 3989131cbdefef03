"""Simulate joins from a shop to a live show, and write the tables of docs/scale.md: `make scale`.

No AWS, no network; the same seed writes the same tables. Under a minute on two cores.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from infra import template
from infra.local.instance import ROOT

DOCUMENT = ROOT / "docs" / "scale.md"
_INSIDE = "SLUICE_SCALE"  # tells the child, which has the product's environment, from its parent


def main() -> None:
    """Start again as the product is started: its settings come from the environment."""
    if _INSIDE in os.environ:
        _simulate()
        return
    variables = template.environment(template.load())
    paths = os.pathsep.join(map(str, (ROOT / "layers" / "sluice", ROOT)))
    own = {"AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": paths, _INSIDE: "1"}
    quiet = {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}
    done = subprocess.run(
        [sys.executable, "-m", "infra.scale"],
        env={**os.environ, **variables, **own, **quiet},
        check=False,
    )
    sys.exit(done.returncode)


def _simulate() -> None:
    from infra.scale import document, setups  # noqa: PLC0415
    from infra.scale.run import simulate  # noqa: PLC0415

    began = time.monotonic()
    longest_first = sorted(setups.EVERY, key=lambda each: -each.joins_per_second)
    rows: dict[str, tuple[str, ...]] = {}
    with ProcessPoolExecutor() as processes:
        for setup, result in zip(
            longest_first, processes.map(simulate, longest_first), strict=True
        ):
            rows[setup.name] = document.row(setup, result)
            print(*rows[setup.name], sep=" | ", flush=True)
    DOCUMENT.write_text(document.written(DOCUMENT.read_text(), rows))
    print(f"scale: {len(rows)} runs in {time.monotonic() - began:.0f} s; docs/scale.md is written")


if __name__ == "__main__":
    main()
