"""Measure everything and save it: `python -m infra.bench`."""

from __future__ import annotations

import time
from typing import Any

import yaml

from infra.bench import cold, layers, world
from infra.bench.document import Run, write
from infra.local.instance import ROOT

DOCUMENT = ROOT / "docs" / "bench.md"
CHAIN = ROOT / "infra" / "push_chain.asl.yaml"


def transitions() -> int:
    """Count the states entered from one attempt to the next, in the definition of the chain."""
    states: dict[str, Any] = yaml.safe_load(CHAIN.read_text())["States"]
    entered, state = 1, _after_a_failure(states["Attempt"])
    while state != "Attempt":
        entered, state = entered + 1, states[state]["Next"]
    return entered


def _after_a_failure(attempt: dict[str, Any]) -> str:
    found = (
        catch["Next"] for catch in attempt["Catch"] if "Push.NotReceived" in catch["ErrorEquals"]
    )
    return str(next(found))


def main() -> None:
    """Run it all, print the document and save it."""
    with world.made() as made:
        began = time.monotonic()
        print("bench: cold starts, two minutes ...", flush=True)
        measured = cold.measure(made)
        events = str(made.home / "events")
        print("bench: warm calls, units, images, a rush ...", flush=True)
        warm, costs = made.run("warm", events), made.run("costs", events)
        images, rushes = made.run("images"), made.run("allocation")
        run = Run(
            cold=measured,
            warm=warm,
            costs=costs,
            images=images,
            layers=layers.measure(),
            rushes=rushes,
            transitions=transitions(),
            seconds=time.monotonic() - began,
        )
    document = write(run)
    DOCUMENT.write_text(document)
    print(document)


if __name__ == "__main__":
    main()
