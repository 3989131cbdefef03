"""What the API shows of codes."""

from datetime import datetime
from typing import Any

from sluice.codes.rules.codes import State, state_of
from sluice.codes.tables import Code
from sluice.shared.http import View


class CodeView(View):
    """A code and what is behind it."""

    code: str
    url: str
    image_url: str
    status: State
    rule: dict[str, Any]
    created_at: datetime
    referrer_id: str | None = None
    campaign_id: str | None = None
    batch_id: str | None = None
    expires_at: datetime | None = None


class CodePage(View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[CodeView]
    next_cursor: str | None = None


def url_of(code: str, base_url: str) -> str:
    """Return the address a code stands for."""
    return f"{base_url}/s/{code}"


def of_code(code: Code, base_url: str, now: datetime) -> CodeView:
    """Show a code."""
    return CodeView(
        code=code.code,
        url=url_of(code.code, base_url),
        image_url=f"{base_url}/codes/{code.code}/image",
        status=state_of(code.status, code.expires_at, now),
        rule=code.rule,
        created_at=code.created_at,
        referrer_id=code.referrer_id,
        campaign_id=code.campaign_id,
        batch_id=code.batch_id,
        expires_at=code.expires_at,
    )
