"""What statistics count: a counter of a row, whatever the rows of a context are."""

from typing import NamedTuple


class Count[Row](NamedTuple):
    """One counter of a row."""

    row: Row
    counter: str
