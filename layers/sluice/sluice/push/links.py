"""Our own links in messages: for channels whose providers tell nothing (E2, E7).

Each names the message by its tracking id and nothing else: no organisation, no person.
"""

from dataclasses import dataclass

from sluice.push.rules.courtesy import TRANSACTIONAL
from sluice.shared import settings


@dataclass(frozen=True)
class Links:
    """What a message may carry; None where there is nothing to lead to."""

    link: str | None = None
    open_url: str | None = None
    unsubscribe_url: str | None = None


def links_of(
    base_url: str | None, tracking_id: str, *, link: str | None, purpose: str, track_clicks: bool
) -> Links:
    """Return the links of a message.

    `base_url` is where the request that started the push came in; the deployment's own goes before
    it. With neither the content's link goes out as it is. What is transactional has no
    unsubscription.
    """
    base = (settings.optional("PUBLIC_BASE_URL") or base_url or "").rstrip("/")
    if not base:
        return Links(link)
    return Links(
        link=f"{base}/l/{tracking_id}" if link and track_clicks else link,
        open_url=f"{base}/o/{tracking_id}",
        unsubscribe_url=None if purpose == TRANSACTIONAL else f"{base}/u/{tracking_id}",
    )
