"""A member's page of a campaign: all about it, material to pass on, the way to performance (B2)."""

from string import Template

from sluice.campaigns.detail_views import DetailView, Shown
from sluice.campaigns.material import card
from sluice.campaigns.rules import colours, texts, wording
from sluice.rewards.rules.money import exact
from sluice.shared import pages
from sluice.shared.pages import Page

_PAGE = pages.template(__file__, "detail.html")
_NUMBER = Template("<div><dt>$name</dt><dd>$number</dd></div>")
_ITEM = Template("<li>$text</li>")
_TEXTS = {
    "en": {
        "lang": "en",
        "performance": "My performance",
        "see_performance": "See my performance",
        "signups": "Signups",
        "participations": "Took part",
        "views": "Views",
        "rewards": "Rewards",
        "material": "Material to pass on",
        "poster": "Poster",
        "save": "Save the picture",
        "save_print": "For printing",
        "share": "Share",
        "card": "Link",
        "copy_link": "Copy the link",
        "words": "Text",
        "copy_text": "Copy the text",
        "about": "About the campaign",
        "landing": "What customers see",
        "targets": "My targets",
        "salespeople": "Salespeople who take over",
        "copied": "Copied",
        "failed": "That did not work. Please try again.",
        "soon": "Not begun yet",
        "running": "Running",
        "ended": "Ended",
        "yours": "This page is yours alone, {}: pass on the material, not this page's address.",
    },
    "zh": {
        "lang": "zh-Hans",
        "performance": "我的业绩",
        "see_performance": "查看我的业绩",
        "signups": "报名",
        "participations": "参与",
        "views": "浏览",
        "rewards": "奖励",
        "material": "获取素材",
        "poster": "海报",
        "save": "保存海报",
        "save_print": "打印版",
        "share": "分享",
        "card": "链接",
        "copy_link": "复制链接",
        "words": "文案",
        "copy_text": "复制文案",
        "about": "活动介绍",
        "landing": "客户看到的内容",
        "targets": "业绩指标",
        "salespeople": "对接业务员",
        "copied": "已复制",
        "failed": "操作失败，请重试。",
        "soon": "未开始",
        "running": "进行中",
        "ended": "已结束",
        "yours": "{}，此页面仅供您本人使用：请转发素材，不要转发本页链接。",
    },
}
_LABELS = (
    *("lang", "performance", "see_performance", "material", "poster", "save", "save_print"),
    *("share", "card", "copy_link", "words", "copy_text", "about", "landing", "targets"),
    *("salespeople", "copied", "failed"),
)


def render(shown: Shown, view: DetailView, languages: str) -> Page:
    """Return the page; `languages` is an Accept-Language header or a locale."""
    words, given = _TEXTS[pages.language_of(languages)], shown.campaign.definition
    dates = wording.span(*shown.times, words["lang"])
    targets = [
        {"text": f"{words[name]}: {number:,}"}
        for name in ("views", "signups", "participations")
        if (number := getattr(view.targets, name)) is not None
    ]
    values = {name: words[name] for name in _LABELS} | {
        "title": given.title,
        "accent": str(colours.readable(colours.parsed(given.accent))),
        "organization": view.organization_name,
        "dates": dates,
        "state": words[view.state],
        "numbers": pages.filled(_NUMBER, _numbers(view, words)),
        "introduction": given.introduction,
        "headline": given.landing.headline,
        "landing_text": given.landing.text,
        "target_items": pages.filled(_ITEM, targets),
        "people": pages.filled(_ITEM, ({"text": name} for name in view.salespeople)),
        "yours": words["yours"].format(view.member_name),
        **_material(shown, view, dates),
    }
    flags = {
        "offers": view.state != "ended",
        "introduced": bool(given.introduction),
        "targeted": bool(targets),
        "sold": bool(view.salespeople),
        **{f"has_{kind}": kind in given.material for kind in ("poster", "card", "text")},
    }
    return pages.render(_PAGE, values, flags, scripts=True, images=True)


def _material(shown: Shown, view: DetailView, dates: str) -> dict[str, str]:
    """Return what there is to pass on; addresses are relative: of this host, wherever it is."""
    given, token = shown.campaign.definition, shown.member.token
    made = card.of_campaign(given, dates, view.link, f"../s/{shown.member.code}/card")
    return {
        "performance_url": f"{token}/performance",
        "poster_url": f"{token}/material/poster",
        "link": view.link,
        "card_title": made.title,
        "card_description": made.description,
        "card_image_url": made.image_url,
        "text": _text(shown, view),
    }


def _numbers(view: DetailView, words: dict[str, str]) -> list[dict[str, str]]:
    rows = [
        {"name": words["signups"], "number": f"{view.signups:,}"},
        {"name": words["participations"], "number": f"{view.participations:,}"},
    ]
    if view.currency is not None:
        amount = f"{exact(view.rewards_minor, view.currency):,f} {view.currency}"
        rows.append({"name": words["rewards"], "number": amount})
    return rows


def _text(shown: Shown, view: DetailView) -> str:
    """Return the text to send along, as the material has it: in the organisation's language."""
    given, locale = shown.campaign.definition, shown.organization.locale
    starts, ends = (wording.moment(each, locale) for each in shown.times)
    facts = texts.Facts(view.member_name, given.title, view.link, starts, ends)
    return texts.text(given.text_template or texts.DEFAULT, facts)
