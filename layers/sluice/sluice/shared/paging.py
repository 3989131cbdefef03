"""Pages of lists: which one a caller wants, and what leads to the next (F3)."""

from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import Meta

from sluice.shared import cursors, http


class Page(http.Body):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""


def place_of(page: Page, pattern: str) -> str:
    """Return the place that a page begins behind; empty: at the first. Raises Invalid."""
    return cursors.place_in(page.cursor, pattern) if page.cursor else ""


def following[Item](page: Page, found: Sequence[Item], place: Callable[[Item], str]) -> str | None:
    """Return the cursor of the next page, by the place of the last item; None: it was not full."""
    return cursors.cursor_of(place(found[-1])) if len(found) == page.limit else None
