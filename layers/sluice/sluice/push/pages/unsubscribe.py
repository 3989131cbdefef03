"""The page of a message's unsubscribe link (E7). It works without scripts."""

from collections.abc import Mapping
from string import Template

from sluice.shared import pages
from sluice.shared.pages import Page

_PAGE = pages.template(__file__, "unsubscribe.html")
_TEXTS = {
    "en": {
        "lang": "en",
        "ask": "Do you want no more messages of this kind from us? ($purpose)",
        "leave": "Unsubscribe",
        "done": "Done. You will get no more messages of this kind from us. ($purpose)",
        "marketing": "offers and news",
        "service": "service messages",
    },
    "zh": {
        "lang": "zh-Hans",
        "ask": "您是否不再接收我们发送的此类消息？（$purpose）",
        "leave": "退订",
        "done": "退订成功，您将不再收到我们发送的此类消息。（$purpose）",
        "marketing": "优惠与资讯",
        "service": "服务通知",
    },
}


def render(
    organization_name: str, purpose: str, languages: str, notes: Mapping[str, str], *, done: bool
) -> Page:
    """Return the page; `languages` is an Accept-Language header or a locale.

    `notes` are the organisation's own words, by language; `done` is after the button.
    """
    language = pages.language_of(languages)
    texts = _TEXTS[language]
    say = Template(texts["done" if done else "ask"]).substitute(purpose=texts.get(purpose, purpose))
    values = {
        "title": organization_name,
        "organization": organization_name,
        "say": say,
        "leave": texts["leave"],
        "lang": texts["lang"],
        "note": notes.get(language, ""),
    }
    return pages.render(_PAGE, values, {"form": not done, "noted": bool(values["note"])})
