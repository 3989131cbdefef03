"""Documents of which a command writes the tables: each stands between two markers."""

import re
from collections.abc import Iterable, Mapping, Sequence

_BLOCK = "<!-- {0} -->\n{1}<!-- end of {0} -->"


def table(head: str, rows: Iterable[Sequence[object]]) -> str:
    """Return a table; its columns are parted by ` | ` in the head."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join([f"| {head} |", "| --- " * len(head.split(" | ")) + "|", *lines, ""])


def written(text: str, blocks: Mapping[str, str]) -> str:
    """Return a document with these blocks in their places. Raises ValueError: it lacks one."""
    for name, block in blocks.items():
        pattern = re.escape(_BLOCK.format(name, "\0")).replace("\0", ".*?")
        places = re.findall(pattern, text, re.DOTALL)
        if len(places) != 1:
            raise ValueError(f"the document has {len(places)} places for {name}")
        text = text.replace(places[0], _BLOCK.format(name, block))
    return text
