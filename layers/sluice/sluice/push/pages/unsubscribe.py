"""The page of a message's unsubscribe link (E7). It works without scripts."""

import html
import secrets
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import NamedTuple

_PAGE = Template(Path(__file__).with_name("unsubscribe.html").read_text(encoding="utf-8"))
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
        "ask": "您是否不再接收我们发送的此类消息?($purpose)",
        "leave": "退订",
        "done": "退订成功,您将不再收到我们发送的此类消息。($purpose)",
        "marketing": "优惠与资讯",
        "service": "服务通知",
    },
}


class Page(NamedTuple):
    """A page and the headers it needs."""

    html: str
    headers: dict[str, str]


def render(
    organization_name: str, purpose: str, languages: str, notes: Mapping[str, str], *, done: bool
) -> Page:
    """Return the page; `languages` is an Accept-Language header or a locale.

    `notes` are the organisation's own words, by language; `done` is after the button.
    """
    language = "zh" if languages.lower().startswith("zh") else "en"
    texts = _TEXTS[language]
    say = Template(texts["done" if done else "ask"]).substitute(purpose=texts.get(purpose, purpose))
    values = {
        "organization": organization_name,
        "say": say,
        "leave": texts["leave"],
        "lang": texts["lang"],
        "note": notes.get(language, ""),
    }
    escaped = {name: html.escape(value) for name, value in values.items()}
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    form = "hidden" if done else ""
    return Page(_PAGE.substitute(escaped, nonce=nonce, form=form), headers)
