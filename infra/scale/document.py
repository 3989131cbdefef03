"""docs/scale.md: its tables, each between two markers; the text around them is written by hand."""

from collections.abc import Mapping, Sequence

from infra import blocks
from infra.scale import setups
from infra.scale.setup import Result, Setup

HEAD = (
    "run | customers | seated at once | in the end | gateway 429 | Lambda 429 | network 429 | 503 "
    "| no room | p50, ms | p99, ms | conflicts | lists read | environments | fullest partition"
)
GROUPS: dict[str, Sequence[Setup]] = {
    "places": setups.PLACES,
    "knobs": setups.KNOBS,
    "variants": setups.VARIANTS,
    "alone": setups.ALONE,
}


def row(setup: Setup, result: Result) -> tuple[str, ...]:
    """Return a run as the cells of its line."""
    shares = result.shares()
    return (
        setup.name,
        f"{result.joins:,}",
        _percent(shares["at_once"]),
        _percent(shares["seated"]),
        *(f"{n:,}" for n in (result.gateway_429, result.lambda_429, result.network_429)),
        f"{result.contention_503:,}",
        f"{result.no_room:,}",
        f"{result.p50_ms:.0f}",
        f"{result.p99_ms:.0f}",
        _percent(shares["conflicts"]),
        f"{result.loads:,}",
        f"{result.environments:,}",
        _hottest(result),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _hottest(result: Result) -> str:
    if result.held_back:
        return f"`{result.hottest}`: held back {result.held_back:,}"
    return f"`{result.hottest}`: {100 * result.hottest_share:.0f} %"


def written(text: str, rows: Mapping[str, Sequence[str]]) -> str:
    """Return the document with its tables made of these rows, by the names of their runs."""
    tables = {
        name: blocks.table(HEAD, [rows[setup.name] for setup in group])
        for name, group in GROUPS.items()
    }
    return blocks.written(text, tables)
