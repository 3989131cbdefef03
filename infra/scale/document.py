"""docs/scale.md: its tables, each between two markers; the text around them is written by hand."""

import re
from collections.abc import Iterable, Sequence

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
_BLOCK = "<!-- {0} -->\n{1}<!-- end of {0} -->"


def row(setup: Setup, result: Result) -> str:
    """Return a run as a line of its table."""
    shares = result.shares()
    cells = (
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
    return "| " + " | ".join(cells) + " |"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _hottest(result: Result) -> str:
    if result.held_back:
        return f"`{result.hottest}`: held back {result.held_back:,}"
    return f"`{result.hottest}`: {100 * result.hottest_share:.0f} %"


def table(rows: Iterable[str]) -> str:
    """Return lines as a table."""
    rule = "| --- " * len(HEAD.split(" | ")) + "|"
    return "\n".join([f"| {HEAD} |", rule, *rows, ""])


def written(text: str, rows: dict[str, str]) -> str:
    """Return the document with its tables made of these rows, by the names of their runs."""
    for name, group in GROUPS.items():
        block = _BLOCK.format(name, table(rows[setup.name] for setup in group))
        pattern = re.compile(re.escape(_BLOCK.format(name, "\0")).replace("\0", ".*?"), re.DOTALL)
        places = pattern.findall(text)
        if len(places) != 1:
            raise ValueError(f"the document has {len(places)} places for {name}")
        text = text.replace(places[0], block)
    return text
