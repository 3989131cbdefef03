"""When a member is told of views and of a day, and in which words (B5, B7)."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sluice.campaigns.rules.figures import Figures

VIEWS, SUMMARY = "campaign-views", "campaign-summary"  # kinds of notices


class Seen(NamedTuple):
    """What notices have told a member of so far."""

    visitors: int  # people, however often each has looked
    at: datetime | None  # of the last notice


def may_tell_views(told: Seen, minutes: int, now: datetime) -> bool:
    """Tell whether `minutes` have passed since the last notice of views."""
    return told.at is None or now >= told.at + timedelta(minutes=minutes)


def new_visitors(visitors: int, told: Seen) -> int:
    """Return how many people looked since the last notice; who looks again is not new."""
    return max(0, visitors - told.visitors)


def day_to_sum_up(local: datetime, hour: int, last: str | None) -> str | None:
    """Return the day to tell of, from `hour` on of the day after; None: not now, or it was.

    `local` is the organisation's time. Days that passed without a look are not made up for.
    """
    if local.hour < hour:
        return None
    yesterday = (local.date() - timedelta(days=1)).isoformat()
    return None if last is not None and last >= yesterday else yesterday


def has_anything(figures: Figures) -> bool:
    """Tell whether a day is worth a notice; a reward taken back is."""
    return any(figures)


def views_notice(title: str, link: str, new: int, visitors: int, locale: str) -> dict[str, str]:
    """Return the notice of views."""
    if locale.startswith("zh"):
        head, body = f"{title}：新增浏览", f"新增{new}人查看了您的活动链接，累计{visitors}人。"
    else:
        who = "1 more person has" if new == 1 else f"{new} more people have"
        head, body = f"{title}: new views", f"{who} looked at your link, {visitors} in all."
    facts = {"new_visitors": str(new), "visitors": str(visitors)}
    return {"title": head, "body": body, "link": link, **facts}


def summary_notice(
    title: str, link: str, day: str, figures: Figures, locale: str
) -> dict[str, str]:
    """Return the notice of a day."""
    when = date.fromisoformat(day)
    counts = (figures.visitors, figures.signups, figures.participations)
    if locale.startswith("zh"):
        head = f"{title}：{when.month}月{when.day}日业绩"
        body = "访客{}人，报名{}人，参与{}人。".format(*counts)
    else:
        head = f"{title}: your {when:%d %B}".replace(" 0", " ")
        body = "Visitors: {}, signups: {}, took part: {}.".format(*counts)
    facts = {name: str(value) for name, value in figures._asdict().items() if name != "cancelled"}
    return {"title": head, "body": body, "link": link, "day": day, **facts}
