"""A member's performance page: figures against targets, each day, and who is next to them (B7)."""

from collections.abc import Iterator, Mapping
from string import Template

from sluice.campaigns.detail_views import Shown
from sluice.campaigns.performance_views import PerformanceView
from sluice.campaigns.rules import colours, wording
from sluice.rewards.rules.money import exact
from sluice.shared import charts, pages
from sluice.shared.charts import Column
from sluice.shared.pages import Markup, Page

_PAGE = pages.template(__file__, "performance.html")
_FIGURE = Template('<div class="sheet"><span>$name</span><strong>$number</strong>$more</div>')
_TARGET = Template(
    '<progress max="$target" value="$number" aria-label="$name"></progress><span>$text</span>'
)
_NOTE = Template("<span>$text</span>")
_NEIGHBOUR = Template(
    '<tr class="$kind"><th>$rank</th><td class="name">$name</td>'
    "<td>$participations</td><td>$signups</td><td>$views</td></tr>"
)
_DAY = Template(
    '<tr><th class="name">$day</th><td>$views</td><td>$visitors</td><td>$signups</td>'
    "<td>$participations</td></tr>"
)
_TEXTS = {
    "en": {
        "lang": "en",
        "performance": "My performance",
        "back": "← The campaign",
        "views": "Views",
        "visitors": "Visitors",
        "signups": "Signups",
        "participations": "Took part",
        "rewards": "Rewards",
        "people": "{} visitors",
        "of_target": "{share} % of {target}",
        "rank_title": "My rank",
        "rank_of": "My rank: {rank} of {members}",
        "no_rank": "There is nobody to compare with yet.",
        "member": "Member",
        "by_day": "Day by day",
        "as_table": "As a table",
        "day": "Day",
        "top": "highest line: {}",
        "chart": "{first} and {second} of each day",
        "footer": "Counted in the organisation's days. The order of members is at most 15 seconds "
        "old: by who took part, then signups, then views.",
    },
    "zh": {
        "lang": "zh-Hans",
        "performance": "我的业绩",
        "back": "← 返回活动",
        "views": "浏览",
        "visitors": "访客",
        "signups": "报名",
        "participations": "参与",
        "rewards": "奖励",
        "people": "{}位访客",
        "of_target": "目标{target}，已完成{share}%",
        "rank_title": "我的排名",
        "rank_of": "我的排名：第{rank}名，共{members}人",
        "no_rank": "暂无可比较的成员。",
        "member": "成员",
        "by_day": "每日数据",
        "as_table": "以表格显示",
        "day": "日期",
        "top": "顶线：{}",
        "chart": "每日{first}与{second}",
        "footer": "按企业所在时区的自然日统计。排名依次比较参与、报名、浏览，最多延迟15秒。",
    },
}
_LABELS = (
    *("lang", "performance", "back", "views", "visitors", "signups", "participations"),
    *("member", "by_day", "as_table", "day", "footer"),
)


def render(shown: Shown, view: PerformanceView, languages: str) -> Page:
    """Return the page; `languages` is an Accept-Language header or a locale."""
    words, given = _TEXTS[pages.language_of(languages)], shown.campaign.definition
    ranked = view.rank is not None
    rank_title = words["rank_of"] if ranked else words["rank_title"]
    values = {name: words[name] for name in _LABELS} | {
        "title": f"{words['performance']} - {given.title}",
        "accent": str(colours.readable(colours.parsed(given.accent))),
        "campaign": given.title,
        "dates": wording.span(*shown.times, words["lang"]),
        "detail_url": f"../{shown.member.token}",  # relative: a page of this host
        "figures": Markup("".join(_figures(view, words))),
        "rank_title": rank_title.format(rank=view.rank, members=view.members),
        "rank_text": words["no_rank"],
        "neighbours": pages.filled(_NEIGHBOUR, _neighbours(view)),
        "first_day": view.days[0].day,
        "last_day": view.days[-1].day,
        "days": pages.filled(_DAY, _days(view)),
        **_charts(view, words),
    }
    flags = {"alone": not ranked, "ranked": ranked}
    return pages.render(_PAGE, values, flags)


def _figures(view: PerformanceView, words: Mapping[str, str]) -> Iterator[Markup]:
    """Yield a card for each figure, with its target where there is one."""
    found = view.figures
    for name in ("views", "signups", "participations"):
        number, target = getattr(found, name), getattr(view.targets, name)
        more = Markup("")
        if name == "views":
            people = words["people"].format(f"{found.visitors:,}")
            more = pages.filled(_NOTE, [{"text": people}])
        if target is not None:
            share = words["of_target"].format(share=number * 100 // target, target=f"{target:,}")
            row = {"target": str(target), "number": str(min(number, target)), "text": share}
            more = Markup(pages.filled(_TARGET, [row | {"name": words[name]}]) + more)
        yield pages.filled(_FIGURE, [{"name": words[name], "number": f"{number:,}", "more": more}])
    if view.currency is not None:
        amount = f"{exact(found.rewards_minor, view.currency):,f} {view.currency}"
        card = {"name": words["rewards"], "number": amount, "more": ""}
        yield pages.filled(_FIGURE, [card])


def _neighbours(view: PerformanceView) -> Iterator[dict[str, str]]:
    for near in view.neighbours:
        yield {
            "kind": "own" if near.is_own else "",
            "rank": str(near.rank),
            "name": near.name,
            "participations": f"{near.participations:,}",
            "signups": f"{near.signups:,}",
            "views": f"{near.views:,}",
        }


def _days(view: PerformanceView) -> Iterator[dict[str, str]]:
    """Yield the days, the last one first."""
    for day in reversed(view.days):
        yield {
            "day": day.day,
            "views": f"{day.views:,}",
            "visitors": f"{day.visitors:,}",
            "signups": f"{day.signups:,}",
            "participations": f"{day.participations:,}",
        }


def _charts(view: PerformanceView, words: Mapping[str, str]) -> dict[str, str]:
    """Return a chart of views and visitors, and one of signups and participations."""
    made: dict[str, str] = {}
    for first, second in (("views", "visitors"), ("signups", "participations")):
        columns = [
            Column(
                f"{day.day}: {words[first]} {getattr(day, first):,}, "
                f"{words[second]} {getattr(day, second):,}",
                (getattr(day, first), getattr(day, second)),
            )
            for day in view.days
        ]
        about = words["chart"].format(first=words[first], second=words[second])
        made[f"{first}_chart"] = Markup(charts.svg(columns, about))
        made[f"{first}_top"] = words["top"].format(f"{charts.top_of(columns):,}")
    return made
