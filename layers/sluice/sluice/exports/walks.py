"""How lists are walked: page by page, with the place from which each is gone on with."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from sluice.shared.http import View

PAGE = 100


class Asked(NamedTuple):
    """Whose export, and what views need besides."""

    organization_id: str
    base_url: str
    now: datetime


type Found = tuple[Sequence[View], str | None]  # and the cursor of the next page
type PageOf = Callable[[Asked, str], Found]  # from a cursor on
type IdsOf = Callable[[Asked, str], tuple[Sequence[str], str | None]]
type ChildrenOf = Callable[[Asked, str, str], Found]  # of an id, from a cursor on
type Step = tuple[Sequence[View], str | None]  # rows, and the place behind them; None: that is all
type Walk = Callable[[Asked, str], Iterator[Step]]  # from a place on


class _Inside(msgspec.Struct, array_like=True):
    """A place in lists of lists: a page of parents, one of them, and a cursor in its own list."""

    page: str
    parent: str
    cursor: str | None  # None: behind its end


def flat(page: PageOf) -> Walk:
    """Walk one list."""

    def walk(asked: Asked, place: str) -> Iterator[Step]:
        following: str | None = place
        while following is not None:
            rows, following = page(asked, following)
            yield rows, following

    return walk


def each_of(parents: IdsOf, children: ChildrenOf, *, newest_first: bool = False) -> Walk:
    """Walk the list of each parent; those are listed by id, or by id from the highest.

    A place names the parent, not its number: others may come and go between two slices.
    """

    def is_before(parent: str, other: str) -> bool:
        return parent > other if newest_first else parent < other

    def walk(asked: Asked, place: str) -> Iterator[Step]:
        inside = msgspec.json.decode(place, type=_Inside) if place else None
        page: str | None = inside.page if inside else ""
        while page is not None:
            ids, following = parents(asked, page)
            for parent in ids:
                cursor: str | None = ""
                if inside is not None:
                    if is_before(parent, inside.parent):
                        continue
                    cursor = inside.cursor if parent == inside.parent else ""
                    inside = None
                while cursor is not None:
                    rows, cursor = children(asked, parent, cursor)
                    here = _Inside(page, parent, cursor)
                    yield rows, msgspec.json.encode(here).decode()
            page = following

    return walk
