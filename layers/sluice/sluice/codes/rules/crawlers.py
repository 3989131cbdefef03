"""Which scans are no person's: crawlers and link previews (A3)."""

import re

# Names that crawlers and preview fetchers give themselves; messaging apps' in-app browsers
# (MicroMessenger, wxwork, DingTalk, Telegram-Android) and QR scanners are people's.
_CRAWLER = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|whatsapp/|embedly"
    r"|curl/|wget/|headless",
    re.IGNORECASE,
)


def is_crawler(user_agent: str) -> bool:
    """Tell whether a scan should not be counted as a view."""
    return bool(_CRAWLER.search(user_agent))
