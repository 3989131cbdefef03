"""Write the tables of docs/cost.md from list prices and what was measured: `make cost`.

`python -m infra.cost --measure` counts requests, units and processor time anew first, as the bench
does, and keeps them in infra/cost/measured.json: half a minute.
"""

import argparse
import json

from infra.bench import world
from infra.cost.bill import FOLDER, OPERATIONS, load
from infra.cost.document import COUNTED, DOCUMENT, counted, written

KEPT = ("requests", "write", "index", "read", "events", "cpu_ms")


def main() -> None:
    """Measure if told to, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true", help="count and time anew first")
    if parser.parse_args().measure:
        _measure()
    COUNTED.write_text(json.dumps(counted(), indent=2) + "\n")
    DOCUMENT.write_text(written(DOCUMENT.read_text(), load()))
    print("cost: docs/cost.md is written")


def _measure() -> None:
    with world.made() as made:
        found = made.run("costs", str(made.home / "events"))
    kept = {name: {what: round(found[name][what], 1) for what in KEPT} for name in OPERATIONS}
    (FOLDER / "measured.json").write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    main()
