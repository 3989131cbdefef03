"""A visitor's coupon, to show at the till or to use in the shop: how much, until when (D8).

It works without a script.
"""

from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from sluice.promoters.rules.offers import Offer
from sluice.promoters.store.coupons import Coupon
from sluice.rewards.rules.money import exact
from sluice.shared import pages
from sluice.shared.pages import Page

type State = Literal["usable", "used", "expired", "over"]

_PAGE = pages.template(__file__, "coupon.html")
_TEXTS = {
    "en": {
        "lang": "en",
        "headline": "A coupon for you",
        "used": "This coupon has been used. Thank you.",
        "expired": "The time of this coupon is over.",
        "over": "This offer has ended, and its coupons with it.",
        "amount": "{} off",
        "PTS": "points",
        "symbol_alt": "QR code of the coupon",
        "code_label": "Coupon code",
        "once": "For one purchase of this product.",
        "valid": "Valid until",
        "how": "Show the code at the till, or go on to the shop: it knows your coupon.",
        "go": "Go to the shop",
    },
    "zh": {
        "lang": "zh-Hans",
        "headline": "送您一张优惠券",
        "used": "该优惠券已使用，感谢惠顾。",
        "expired": "该优惠券已过期。",
        "over": "活动已结束，优惠券不再可用。",
        "amount": "立减{}",
        "PTS": "积分",
        "CNY": "元",
        "symbol_alt": "优惠券二维码",
        "code_label": "券码",
        "once": "限购买该商品时使用一次。",
        "valid": "有效期至",
        "how": "结账时出示此码，或前往商城购买，系统会自动识别优惠券。",
        "go": "去使用",
    },
}


class Shown(NamedTuple):
    """What the page shows; `url` is the product's page, which is told of the coupon."""

    coupon: Coupon
    offer: Offer
    organization_name: str
    zone: ZoneInfo
    state: State
    url: str = ""


def render(shown: Shown, languages: str, now: datetime) -> Page:
    """Return the page; `languages` is an Accept-Language header or a locale."""
    texts, coupon = _TEXTS[pages.language_of(languages)], shown.coupon
    is_usable = shown.state == "usable"
    currency = texts.get(coupon.currency, coupon.currency)
    amount = f"{exact(coupon.amount_minor, coupon.currency):,f} {currency}"
    names = ("lang", "headline", "symbol_alt", "code_label", "once", "valid", "how", "go")
    values = {name: texts[name] for name in names} | {
        "title": texts["headline"],
        "organization": shown.organization_name,
        "say": "" if is_usable else texts[shown.state],
        "kind": "" if is_usable else "spent",
        "amount": texts["amount"].format(amount),
        "product": shown.offer.product.name,
        "symbol": _symbol(coupon.code) if is_usable else "",
        "code": coupon.code,
        "until": pages.until(coupon.expires_at, shown.zone, now),
        "url": shown.url,
    }
    flags = {"says": not is_usable, "usable": is_usable, "leads": is_usable and bool(shown.url)}
    return pages.render(_PAGE, values, flags, images=True)


def _symbol(code: str) -> str:
    from sluice.codes import qr  # noqa: PLC0415 - segno costs a start 70 ms, few visitors need it

    return pages.picture(qr.image(code, qr.Style("png", scale=8)))
