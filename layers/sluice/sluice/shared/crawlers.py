"""Which scans are no person's: crawlers and link previews (A3)."""

import re

# Names that crawlers and preview fetchers give themselves (iMessage facebookexternalhit's). In-app
# browsers of messaging apps (MicroMessenger, wxwork, DingTalk, Lark, Telegram-Android) and QR
# scanners are people's; so are HTTP libraries, with which partners' apps ask for JSON.
_CRAWLER = re.compile(
    r"bot\b|bot/|bot-|robot|crawl|spider|slurp|preview|fetcher|embedly|headless|imgproxy"
    r"|facebookexternalhit|facebookcatalog|meta-external|whatsapp/|skypeuri|larkurl"
    r"|google-inspectiontool|vkshare|curl/|wget/",
    re.IGNORECASE,
)


def is_crawler(user_agent: str) -> bool:
    """Tell whether a scan should not be counted as a view."""
    return bool(_CRAWLER.search(user_agent))
