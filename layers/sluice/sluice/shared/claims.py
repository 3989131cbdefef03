"""Durable claims: a request or an event takes effect once, however often it arrives.

A claim is written in the transaction of its effect (never before, never after). It keeps a hash
of the input and the answer, so that a repeated request gets the same answer without a read, and
another request under the same key is refused.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from sluice.shared import settings
from sluice.shared.errors import Invalid, Refusal
from sluice.shared.guard import Transaction
from sluice.shared.ids import key
from sluice.shared.table import Table

MAX_IDEMPOTENCY_KEY = 255
KEPT = timedelta(days=30)  # longer than any caller, stream or queue retries


class ClaimItem(Table):
    """One effect that has happened."""

    class Meta:
        table_name = settings.text("CLAIMS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    input_hash = UnicodeAttribute()
    answer = UnicodeAttribute(null=True)
    expires = TTLAttribute()


class AlreadyClaimed(Refusal):
    """This effect has happened; the first answer is in `answer`."""

    slug, title = "already-done", "This was done before"

    @property
    def answer(self) -> Any:
        """The first answer, as JSON types; None where none was kept."""
        kept = self.current.answer if self.current else None
        return None if kept is None else msgspec.json.decode(kept)


class KeyReused(Refusal):
    """The same idempotency key came with another request."""

    slug, title, status = "idempotency-key-reused", "This key was used for another request", 422


class Claim(msgspec.Struct, frozen=True):
    """A caller's right to one effect: who asked under which key, and a hash of what was asked."""

    key: str
    input_hash: str

    def take(self, transaction: Transaction, now: datetime, answer: Any = None) -> None:
        """Add the claim to the transaction of its effect; refuses with AlreadyClaimed."""
        item = ClaimItem(self.key, input_hash=self.input_hash, expires=now + KEPT)
        if answer is not None:
            item.answer = msgspec.json.encode(answer).decode()
        transaction.put(item, ClaimItem.key.does_not_exist(), AlreadyClaimed())

    def check(self, transaction: Transaction) -> None:
        """Refuse, with AlreadyClaimed, what has taken effect: in the first of many transactions.

        The last of them takes the claim, so that an effect that was cut short is gone on with.
        """
        absent = ClaimItem.key.does_not_exist()
        transaction.check(ClaimItem(self.key), condition=absent, otherwise=AlreadyClaimed())

    def replay(self, claimed: AlreadyClaimed) -> Any:
        """Return the first answer. Raises KeyReused when the first request was another one."""
        if claimed.current is not None and claimed.current.input_hash != self.input_hash:
            raise KeyReused from None
        return claimed.answer


def claim_under(given: str, organization_id: str, asked: Sequence[str], data: bytes) -> Claim:
    """Return the claim of a request with an Idempotency-Key: who asked for what. Raises Invalid."""
    if not 0 < len(given) <= MAX_IDEMPOTENCY_KEY:
        raise Invalid(
            f"Idempotency-Key has 1 to {MAX_IDEMPOTENCY_KEY} characters.",
            [("Idempotency-Key", "too long" if given else "empty")],
        )
    return Claim(key(organization_id, "request", hash_of(*asked, given)), hash_of(data))


def hash_of(*parts: bytes | str) -> str:
    """Return a hash of what was asked, each part kept apart from the next."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(4) + data)
    return digest.hexdigest()
