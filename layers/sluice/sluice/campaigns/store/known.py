"""What a warm function remembers of campaigns for some seconds: for pages, never to decide money.

A campaign that was changed or ended is served as it was for up to 5 seconds.
"""

from sluice.campaigns.rules.campaigns import Campaign
from sluice.campaigns.store import campaigns
from sluice.codes.refusals import CodeGone
from sluice.codes.store import pool
from sluice.codes.tables import SIGNUP, Code
from sluice.shared import ids
from sluice.shared.errors import NotFound
from sluice.shared.memory import Memory
from sluice.shared.table import find

SECONDS = 5.0

_campaigns: Memory[Campaign] = Memory(
    lambda _: SECONDS, lambda name: campaigns.load(*name.split("#"))
)


def campaign_of(code: Code) -> Campaign:
    """Return the campaign of a member's code, at most 5 seconds old. Raises NotFound."""
    if code.lands_on != SIGNUP or not code.campaign_id:
        raise NotFound("This code is of no campaign.")
    return _campaigns.get(ids.key(code.organization_id, code.campaign_id))


def any_code(name: str) -> tuple[Code, bool]:
    """Return a code, and whether it can be used: of one that is over the page says so.

    At most 5 seconds old; one that is over costs a read. Raises NotFound.
    """
    try:
        return pool.code(name), True
    except CodeGone:
        found = find(Code, name)
        if found is None:
            raise
        return found, False


def forget() -> None:
    """Forget everything: for tests."""
    _campaigns.forget()
