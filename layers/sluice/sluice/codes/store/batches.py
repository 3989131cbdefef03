"""Batches of codes (A2): named before they are written, so that a repeated request finds its own.

The codes of a batch follow from a secret key, the batch's id and their numbers: whoever repeats the
request writes the same ones, each only where it is not there yet.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

import msgspec

from sluice.codes.refusals import BatchTaken, CodeTaken, NoSuchBatch, NoSuchReferrer
from sluice.codes.rules.choice import Rule
from sluice.codes.store import issued
from sluice.codes.tables import Code
from sluice.codes.tables.batches import CodeBatch
from sluice.organizations.tables import Member
from sluice.shared import ids, signing
from sluice.shared.claims import Claim
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_CODES = 500
SLICE = 45  # codes of a transaction: each with a check of its referrer
MAX_READ = 100  # keys of a batch read
MAX_NAMED = 5  # referrers that a refusal names
ISSUING, ISSUED = "issuing", "issued"


class Wanted(msgspec.Struct, frozen=True):
    """What a batch is for: so many codes, or one for each referrer."""

    count: int
    referrer_ids: Sequence[str]
    rule: Rule
    campaign_id: str | None
    expires_at: datetime | None


def check_referrers(organization_id: str, referrer_ids: Sequence[str]) -> None:
    """Check the referrers before anything is written, to name all that are wrong.

    It decides nothing: the codes' own writes do. A read of 100 members at a time. Raises
    NoSuchReferrer.
    """
    active: set[str] = set()
    for some in batched(sorted(set(referrer_ids)), MAX_READ, strict=False):
        keys = [(organization_id, ids.key("member", name)) for name in some]
        active |= {m.member_id for m in Member.batch_get(keys, consistent_read=True) if m.active}
    wrong = sorted(set(referrer_ids) - active)
    if wrong:
        more = len(wrong) - MAX_NAMED
        named = ", ".join(wrong[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
        raise NoSuchReferrer(f"Not active members: {named}.")


def begin(
    organization_id: str,
    batch_id: str,
    wanted: Wanted,
    *,
    answer: Any,
    claim: Claim | None,
    now: datetime,
) -> None:
    """Store what is wanted, before the first code. One transaction of 1 or 2 items.

    Raises AlreadyClaimed, with the answer that names the first batch.
    """
    transaction = Transaction()
    if claim:
        claim.take(transaction, now, answer)
    transaction.put(
        CodeBatch(
            ids.key(organization_id, batch_id),
            organization_id=organization_id,
            batch_id=batch_id,
            total=wanted.count,
            referrer_ids=list(wanted.referrer_ids) or None,
            rule=msgspec.to_builtins(wanted.rule),
            campaign_id=wanted.campaign_id,
            expires_at=wanted.expires_at,
            status=ISSUING,
            created_at=now,
        ),
        CodeBatch.key.does_not_exist(),
        BatchTaken(),
    )
    transaction.commit()


def fill(batch: CodeBatch) -> None:
    """Write the codes that are not there yet; a batch that is done is left as it is.

    A transaction for 45 codes: 2 write units for each, 1 of the index, 2 for each referrer checked.
    Raises NoSuchReferrer: one is a member no more; the codes before theirs stay.
    """
    if batch.status == ISSUED:
        return
    for numbers in batched(range(int(batch.total)), SLICE, strict=False):
        _write_slice(batch, numbers)
    transaction = Transaction()
    transaction.update(
        CodeBatch(batch.key),
        [CodeBatch.status.set(ISSUED)],
        condition=CodeBatch.key.exists(),
        otherwise=NoSuchBatch(),
    )
    transaction.commit()


def _write_slice(batch: CodeBatch, numbers: Sequence[int]) -> None:
    """Write some codes together: they are there all, or none."""
    transaction = Transaction()
    referrers = set()
    for number, code in zip(numbers, _names(batch, numbers), strict=True):
        wanted = issued.Wanted(
            rule=msgspec.convert(batch.rule, Rule),
            referrer_id=referrer_of(batch, number),
            campaign_id=batch.campaign_id,
            expires_at=batch.expires_at,
            batch_id=batch.batch_id,
        )
        issued.put_code(transaction, batch.organization_id, code, wanted, batch.created_at)
        referrers.add(wanted.referrer_id)
    for referrer_id in sorted(filter(None, referrers)):
        issued.check_referrer(transaction, batch.organization_id, referrer_id)
    try:
        transaction.commit()
    except CodeTaken as taken:
        if taken.current.batch_id != batch.batch_id:
            raise


def referrer_of(batch: CodeBatch, number: int) -> str | None:
    """Return whom a code of the batch is for, by its number."""
    return str(batch.referrer_ids[number]) if batch.referrer_ids else None


def read_batch(organization_id: str, batch_id: str) -> CodeBatch:
    """Return a batch. Raises NoSuchBatch."""
    found = find(CodeBatch, ids.key(organization_id, batch_id))
    if found is None:
        raise NoSuchBatch
    return found


def read_codes(batch: CodeBatch, first: int, limit: int) -> list[Code]:
    """Return codes of a batch in the order of their numbers, from `first` (0 for the first) on.

    A read of 100 codes at a time. One that is not written yet is left out.
    """
    names = _names(batch, range(first, min(first + limit, int(batch.total))))
    found: dict[str, Code] = {}
    for some in batched(names, MAX_READ, strict=False):
        found |= {code.code: code for code in Code.batch_get(some, consistent_read=True)}
    return [found[name] for name in names if name in found]


def _names(batch: CodeBatch, numbers: Sequence[int]) -> list[str]:
    return list(_derived(batch, numbers))


def _derived(batch: CodeBatch, numbers: Sequence[int]) -> Iterator[str]:
    # The identity key outlives every replacement of the root: a batch keeps its codes.
    key = signing.identity_key("code-batch", batch.organization_id)
    return (ids.derived_code(key, batch.batch_id, str(number)) for number in numbers)
