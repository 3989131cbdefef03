"""docs/bench.md: the run as tables."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from infra.bench import goals, pages
from infra.bench.cold import MORE_ROUNDS, ROUNDS, Cold
from infra.bench.goals import Goal
from infra.bench.layers import Layer, Package
from infra.bench.pages import Weight

INTRO = """# What it costs

Written by `make bench`: do not edit. Times are processor time, so that a busy machine shows less;
ratios compare with a floor measured in the same run, in turn, and are what counts. In brackets:
the smallest and the largest of single runs. No AWS account was used: Lambda's own start, its
smaller share of a core, disk and network are in no figure.

- **R**: a fresh process that makes one stock botocore DynamoDB client and one call over TLS.
- **W**: one stock botocore `TransactWriteItems` of the two items of a join.
- A function starts as in Lambda: the layers as `sam build` made them, the packages of the runtime
  and nothing else. Its AWS is the embedded one behind a TLS door on 127.0.0.1 with the template's
  tables and data, so its answers are real; of what is not DynamoDB there is the least: a secret, a
  bus, two queues, a user pool, a state machine that ends at once. The certificates it loads are
  those of its botocore (the floor's: all of the stock one) and the door's. Lambda's runtime client
  is not in it.
- Warm calls meet a transport that answers at once from memory, the floor's too: processor time of
  Python alone.
"""


@dataclass(frozen=True)
class Run:
    """All that was measured."""

    cold: Cold
    warm: dict[str, list[float]]
    costs: dict[str, dict[str, Any]]
    images: dict[str, dict[str, list[float]]]
    pages: Sequence[Weight]
    layers: Sequence[Layer]
    packages: Sequence[Package]
    rushes: Sequence[dict[str, Any]]
    transitions: int
    seconds: float


def write(run: Run) -> str:
    """Return the document."""
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores of {platform.machine()}"
    return "\n".join(
        [
            INTRO,
            f"{machine}; the run took {run.seconds:.0f} s.\n",
            *_goals(run),
            *_cold(run.cold),
            *_warm(run.warm),
            *_costs(run.costs),
            *_images(run.images),
            *_pages(run.pages),
            *_layers(run.layers),
            *_packages(run.packages),
            *_rushes(run.rushes),
        ]
    )


def cold_table(cold: Cold) -> str:
    """Return the cold starts alone."""
    return "\n".join(_cold(cold))


def warm_table(warm: dict[str, list[float]]) -> str:
    """Return the warm calls alone."""
    return "\n".join(_warm(warm))


def costs_table(costs: dict[str, dict[str, Any]]) -> str:
    """Return requests and units alone."""
    return "\n".join(_costs(costs))


def pages_table(weights: Sequence[Weight]) -> str:
    """Return the weights of pages alone."""
    return "\n".join(_pages(weights))


def _table(title: str, head: str, rows: Iterable[Sequence[object]], after: str = "") -> list[str]:
    columns = head.split(" | ")
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    rule = "| --- " * len(columns) + "|"
    return [f"## {title}\n", f"| {head} |", rule, *lines, "", *([f"{after}\n"] if after else [])]


def _goals(run: Run) -> list[str]:
    found: list[Goal] = [
        *goals.of_cold(run.cold),
        *goals.of_warm(run.warm),
        *goals.of_costs(run.costs, run.rushes[0]),
        *goals.of_the_rest(run.images, run.transitions),
        *pages.goals(run.pages),
    ]
    rows = [
        (g.what, g.reached, g.must, "same" if g.stretch is None else g.stretch, g.verdict)
        for g in found
    ]
    return _table("Goals", "ratio | here | must | stretch | ", rows)


def _cold(cold: Cold) -> list[str]:
    rows = [
        (
            f"`{name}`",
            f"{median(starts.init):.0f}",
            f"{median(starts.first):.0f}",
            f"{median(starts.second):.1f}",
            goals.over(starts.cold, cold.floor),
            f"{starts.first_to_second:.0f}",
            starts.answers[0],
        )
        for name, starts in sorted(cold.starts.items())
    ]
    head = "function | init, ms | first event, ms | second, ms | cold / R | first / second | answer"
    after = (
        f"R is {median(cold.floor):.0f} ms ({min(cold.floor):.0f}..{max(cold.floor):.0f}). "
        f"{ROUNDS} starts of each function, {ROUNDS + MORE_ROUNDS} of those with a goal of its own."
    )
    return _table("Cold starts", head, rows, after)


def _warm(warm: dict[str, list[float]]) -> list[str]:
    rows = [
        (name, f"{median(spent):.0f}", goals.over_in_blocks(spent, warm["W"]))
        for name, spent in warm.items()
    ]
    return _table("Warm calls", "call | us | / W", rows)


def _costs(costs: dict[str, dict[str, Any]]) -> list[str]:
    rows = [
        (
            name.replace("_", " "),
            *(f"{cost[unit]:g}" for unit in ("requests", "write", "index", "read")),
            f"{cost['cpu_ms']:.1f}",
            cost["answer"],
        )
        for name, cost in costs.items()
    ]
    head = "operation | requests | write units | of indexes | read units | CPU, ms | answer"
    after = (
        "From ConsumedCapacity, the function's memory warm; CPU of the second call in a process. "
        "The embedded AWS leaves out what AWS "
        "bills for cancelled transactions (2 units are added for each part) and for reads of what "
        "is not there (1 unit); it counts any query as one page of 4 KiB."
    )
    return _table("DynamoDB, by operation", head, rows, after)


def _images(images: dict[str, dict[str, list[float]]]) -> list[str]:
    rows = [
        (
            kind.upper(),
            f"{1000 / median(spent['ours']):.0f}",
            f"{1000 / median(spent['floor']):.0f}",
            goals.over(spent["ours"], spent["floor"]),
        )
        for kind, spent in images.items()
    ]
    return _table("QR images", "image | ours, per second | segno alone | time / segno's", rows)


def _pages(weights: Sequence[Weight]) -> list[str]:
    rows = [
        (each.name, each.requests, f"{each.sent / 1000:.1f}", f"{each.whole / 1000:.1f}")
        for each in weights
    ]
    head = "page | requests | kB sent, gzip | kB in all"
    after = (
        "As Chromium counts bodies when a page is loaded; pictures that wait for the reader to "
        "scroll are counted where they are near. [Pictures of them](pages.md)."
    )
    return _table("First load of pages", head, rows, after)


def _layers(layers: Sequence[Layer]) -> list[str]:
    rows = [
        (
            layer.name,
            f"{layer.unzipped_bytes / 1e6:.2f}",
            f"{layer.zipped_bytes / 1e6:.2f}",
            layer.modules,
            len(layer.not_fresh),
        )
        for layer in layers
    ]
    head = "layer | unzipped, MB | zipped, MB | modules | without fresh unchecked byte-code"
    return _table("Layers", head, rows)


def _packages(packages: Sequence[Package]) -> list[str]:
    rows = [(f"`{p.name}`", p.version, f"{p.size_bytes / 1e6:.2f}") for p in packages]
    return _table("What is in the layer of packages", "package | version | MB", rows)


def _rushes(rushes: Sequence[dict[str, Any]]) -> list[str]:
    rows = [
        (
            rush["rate"],
            *(f"{writes:.2f}" for writes in rush["per_seat"].values()),
            f"{rush['to_90']:.3f}",
            f"{rush['whole']:.3f}",
            f"{100 * rush['conflicts']:.1f} %",
            rush["hottest"],
            f"{rush['half']['least']}..{rush['half']['most']}, {rush['half']['spread']:.1f}",
            rush["refused_too_early"],
            f"{rush['after_full']['writes']} for {rush['after_full']['joins']} joins",
        )
        for rush in rushes
    ]
    shares = " | ".join(f"at {name} %" for name in rushes[0]["per_seat"])
    head = (
        f"joins/s | {shares} | to 90 % | whole | conflicts | hottest, writes/s | "
        "seats at half, deviation | refused too early | writes when full"
    )
    after = (
        "Writes per seat, hints that a channel is full counted too. Simulated with the product's "
        "own join, rule and pool memory on 50 channels of 200 seats (1 and 10 joins a second for "
        "each channel, as 1,000 channels at 1,000 and 10,000); each function serves 20 joins a "
        "second; a write less than 8 ms after another on its channel conflicts. Fair dice would "
        f"deviate by {rushes[0]['fair_dice']:.1f} seats at half."
    )
    return _table("Allocation in a rush", head, rows, after)
