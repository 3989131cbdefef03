"""Measure everything and save it: `python -m infra.bench`.

While tuning: `python -m infra.bench --cold codes/assign_channel` starts these functions alone,
`--warm` calls the warm ones alone, `--costs` counts requests and units, `--pages` weighs the pages;
nothing is saved then.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import yaml

from infra.bench import cold, layers, pages, world
from infra.bench.document import Run, cold_table, costs_table, pages_table, warm_table, write
from infra.local.instance import ROOT

DOCUMENT = ROOT / "docs" / "bench.md"
TUNING_ROUNDS = 7
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
    """Run it all, print the document and save it; or a part, and print that."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cold", nargs="+", metavar="FUNCTION", help="start these alone")
    parser.add_argument("--warm", action="store_true", help="only call the warm ones")
    parser.add_argument("--costs", action="store_true", help="only count requests and units")
    parser.add_argument("--pages", action="store_true", help="only weigh the pages")
    options = parser.parse_args()
    if options.pages:
        print(pages_table(pages.measure()))
    elif options.cold or options.warm or options.costs:
        _part(options.cold, warm=options.warm, costs=options.costs)
    else:
        _all()


def _part(functions: list[str] | None, *, warm: bool, costs: bool) -> None:
    with world.made() as made:
        if functions:
            alone = cold.measure(made, functions, rounds=TUNING_ROUNDS, rounds_of_all=0)
            print(cold_table(alone))
        if warm:
            print(warm_table(made.run("warm", str(made.home / "events"))))
        if costs:
            print(costs_table(made.run("costs", str(made.home / "events"))))


def _all() -> None:
    with world.made() as made:
        began = time.monotonic()
        events = str(made.home / "events")
        print("bench: warm calls, units, images, a rush ...", flush=True)
        warm, costs = made.run("warm", events), made.run("costs", events)
        images, rushes = made.run("images"), made.run("allocation")
        print("bench: pages in a browser ...", flush=True)
        weights = pages.measure()
        # Last, as some of what is started changes channels: others would find other room.
        print("bench: cold starts, five minutes ...", flush=True)
        measured = cold.measure(made)
        run = Run(
            cold=measured,
            warm=warm,
            costs=costs,
            images=images,
            pages=weights,
            layers=layers.measure(),
            packages=layers.packages(),
            rushes=rushes,
            transitions=transitions(),
            seconds=time.monotonic() - began,
        )
    document = write(run)
    DOCUMENT.write_text(document)
    print(document)


if __name__ == "__main__":
    main()
