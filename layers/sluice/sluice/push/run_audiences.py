"""Reading the audience of a run on from where it was read to: a list, or who has a tag (E8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sluice.push import uploads
from sluice.push.rules.audiences import (
    CSV,
    PIECE_LINES,
    Audience,
    Entry,
    Reject,
    header_of,
    read_piece,
)
from sluice.push.run_tables import Run
from sluice.push.store import recipients


@dataclass(frozen=True)
class Portion:
    """Some users of an audience; `cursor` is where it is read on, None: it ends here."""

    entries: Sequence[Entry]
    rejects: Sequence[Reject]
    cursor: str | None


def read_portion(run: Run, audience: Audience) -> Portion:
    """Return at most 2,000 users of a run's audience: one query, or one request for a list's part.

    A CSV list is asked once more for its header. Raises ListError.
    """
    if audience.kind == "tag":
        return _tagged(run, audience.tag or "")
    return _listed(run, audience)


def _tagged(run: Run, tag: str) -> Portion:
    page = recipients.tagged(run.organization_id, tag, run.cursor, PIECE_LINES)
    return Portion([Entry(user_id) for user_id in page.user_ids], [], page.last)


def _listed(run: Run, audience: Audience) -> Portion:
    """The cursor of a list is `offset:line`."""
    offset, line = map(int, (run.cursor or "0:1").split(":"))
    data, is_end = uploads.read_part(run.organization_id, run.run_id, offset)
    columns = None
    if audience.format == CSV:
        head = data
        if offset:
            head, _ = uploads.read_part(run.organization_id, run.run_id, 0)
        columns = header_of(head)
    piece = read_piece(data, columns, line, is_end=is_end)
    ends = is_end and piece.read_bytes == len(data)
    cursor = None if ends else f"{offset + piece.read_bytes}:{line + piece.lines}"
    return Portion(piece.entries, piece.rejects, cursor)
