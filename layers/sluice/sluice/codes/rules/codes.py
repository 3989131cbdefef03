"""What a code is to an operator at a moment, and which of a list are wanted (A2, A10)."""

from datetime import datetime
from typing import Literal

import msgspec

ACTIVE, RETIRED = "active", "retired"
State = Literal["active", "retired", "expired"]


class Filter(msgspec.Struct, frozen=True):
    """Which codes are wanted; None is any."""

    referrer_id: str | None = None
    campaign_id: str | None = None
    state: State | None = None

    @property
    def takes_all(self) -> bool:
        """Tell whether nothing is left out."""
        return self == Filter()

    def takes(self, referrer_id: str | None, campaign_id: str | None, state: State) -> bool:
        """Tell whether a code is wanted."""
        return (
            self.referrer_id in {None, referrer_id}
            and self.campaign_id in {None, campaign_id}
            and self.state in {None, state}
        )


def state_of(status: str, expires_at: datetime | None, now: datetime) -> State:
    """Return whether a code can be used: retiring is for good, expiry can be put off."""
    if status == RETIRED:
        return "retired"
    if expires_at is not None and expires_at <= now:
        return "expired"
    return "active"
