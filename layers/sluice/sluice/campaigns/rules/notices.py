"""What members are told of a campaign itself: that it is published, that it changed (B1)."""

from collections.abc import Mapping
from datetime import datetime

from sluice.campaigns.rules.campaigns import Definition

PUBLISHED, CHANGED = "campaign-published", "campaign-changed"  # kinds: strategies are named so

_TITLES = {
    PUBLISHED: {"en": "New campaign: {title}", "zh": "新活动：{title}"},
    CHANGED: {"en": "Campaign changed: {title}", "zh": "活动有更新：{title}"},
}
_BODIES = {
    PUBLISHED: {
        "en": "{starts} to {ends}. Your link has your material and your figures.",
        "zh": "{starts} 至 {ends}。点击查看您的推广素材和业绩。",
    },
    CHANGED: {
        "en": "Now {starts} to {ends}. Look at your link for what is new.",
        "zh": "活动时间 {starts} 至 {ends}。点击查看最新内容。",
    },
}


def notice(kind: str, given: Definition, version: int, link: str, locale: str) -> Mapping[str, str]:
    """Return words of a notice in the organisation's language, and its facts."""
    language = "zh" if locale.lower().startswith("zh") else "en"
    starts, ends = (_told(moment) for moment in (given.starts_at, given.ends_at))
    words = {"title": given.title, "starts": starts, "ends": ends}
    return {
        "title": _TITLES[kind][language].format_map(words),
        "body": _BODIES[kind][language].format_map(words),
        "link": link,
        "starts_at": given.starts_at.isoformat(),
        "ends_at": given.ends_at.isoformat(),
        "version": str(version),
    }


def _told(local: datetime) -> str:
    return f"{local:%Y-%m-%d %H:%M}"
