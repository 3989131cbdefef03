"""Reading the audience of a run on from where it was read to: a list, or who has a tag (E8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sluice.push import uploads
from sluice.push.rules.audiences import (
    CSV,
    PIECE_LINES,
    Check,
    Entry,
    Reject,
    header_of,
    read_piece,
)
from sluice.push.rules.run_words import fault_of
from sluice.push.rules.runs import Order
from sluice.push.run_tables import Run
from sluice.push.store import recipients
from sluice.push.store.run_words import words_of


@dataclass(frozen=True)
class Portion:
    """Some users of an audience; `cursor` is where it is read on, None: it ends here."""

    entries: Sequence[Entry]
    rejects: Sequence[Reject]
    cursor: str | None


def read_portion(run: Run, order: Order) -> Portion:
    """Return at most 2,000 users of a run's audience: one query, or one request for a list's part.

    A CSV list is asked once more for its header; where a template is filled in, a read more.
    Raises ListError.
    """
    if order.audience.kind == "tag":
        return _tagged(run, order.audience.tag or "")
    check = partial(fault_of, words_of(run)) if order.template_id else None
    return _listed(run, order.audience.format, check)


def _tagged(run: Run, tag: str) -> Portion:
    page = recipients.tagged(run.organization_id, tag, run.cursor, PIECE_LINES)
    return Portion([Entry(user_id) for user_id in page.user_ids], [], page.last)


def _listed(run: Run, list_format: str | None, check: Check | None) -> Portion:
    """The cursor of a list is `offset:line`."""
    offset, line = map(int, (run.cursor or "0:1").split(":"))
    data, is_end = uploads.read_part(run.organization_id, run.run_id, offset)
    columns = None
    if list_format == CSV:
        head = data
        if offset:
            head, _ = uploads.read_part(run.organization_id, run.run_id, 0)
        columns = header_of(head)
    piece = read_piece(data, columns, line, is_end=is_end, check=check)
    ends = is_end and piece.read_bytes == len(data)
    cursor = None if ends else f"{offset + piece.read_bytes}:{line + piece.lines}"
    return Portion(piece.entries, piece.rejects, cursor)
