"""The part of a page that shows a contact: name, code to press, button, how long it is kept."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sluice.codes.views import contacts
from sluice.codes.views.contacts import ContactView
from sluice.shared import pages
from sluice.shared.pages import Markup

_PART = pages.fragment(__file__, "contact.html")
_TEXTS = {
    "en": {
        "yours": "Your contact",
        "symbol_alt": "QR code of this contact",
        "press": "Press and hold the code to add the contact, or scan it with another phone.",
        "open": "Add this contact",
        "reference_label": "Contact:",
        "kept": "Your place is kept until",
    },
    "zh": {
        "yours": "您的专属联系人",
        "symbol_alt": "联系人二维码",
        "press": "长按识别二维码添加，或用另一部手机扫码。",
        "open": "添加联系人",
        "reference_label": "联系方式：",
        "kept": "名额为您保留至",
    },
}


def render(shown: ContactView | None, languages: str, zone: ZoneInfo, now: datetime) -> Markup:
    """Return the part; nothing where there is no contact. Times are by the zone's clock."""
    if shown is None:
        return Markup()
    png, kept = contacts.symbol(shown), shown.expires_at
    url = shown.url if (shown.url or "").startswith(("https://", "http://")) else None
    values = _TEXTS[pages.language_of(languages)] | {
        "name": shown.name,
        "symbol": pages.picture(png) if png else "",
        "url": url or "",
        "reference": shown.reference or "",
        "until": pages.until(kept, zone, now) if kept else "",
    }
    flags = {
        "has_symbol": bool(png),
        "has_link": url is not None,
        "has_reference": shown.reference is not None,
        "is_kept": kept is not None,
    }
    return pages.filled(_PART, [values | pages.hiding(flags)])
