"""Why a channel was given, or left out (A4): short codes that are stored, and texts for people.

A `why` such as `own nearest:800 least-loaded:12,50,2` is a list of codes, each with its figures.
Codes are stored for ever: their meaning never changes, new ones may come.
"""

from typing import Literal

type Language = Literal["en", "zh"]
type Figure = int | str

MAX_LENGTH = 120  # of a `why`; it is stored with each assignment

_TEXTS: dict[str, tuple[int, str, str]] = {  # figures, English, Chinese
    "backup": (0, "backup", "备用渠道"),
    "own": (0, "the referrer's own", "推荐人自己的渠道"),
    "area": (0, "serves the location", "服务范围包含客户位置"),
    "area-rough": (0, "serves the approximate location", "服务范围包含客户大致位置"),
    "region": (1, "serves the region {0}", "服务地区包含 {0}"),
    "anywhere": (0, "serves anywhere", "不限服务范围"),
    "place-unknown": (0, "location unknown", "客户位置未知"),
    "any": (0, "any", "不看位置"),
    "nearest": (1, "nearest: within {0} m", "就近（距离 {0} 米以内）"),
    "random": (0, "at random by weight", "按权重随机"),
    "rotation": (
        2,
        "its turn: {0} turns so far, weight {1}",
        "轮到该渠道（已轮 {0} 次，权重 {1}）",
    ),
    "least-loaded": (
        3,
        "least loaded: {0} of {1}, weight {2}",
        "负载最低（名额 {1} 已用 {0}，权重 {2}）",
    ),
    "head-start": (1, "counted as {0} more", "起步值 {0}"),
    # Why a channel is left out.
    "closed": (0, "closed", "已关闭"),
    "kind": (0, "of another kind", "类型不符"),
    "not-theirs": (0, "of nobody whom the code names", "不属于指定人员"),
    "full": (0, "full", "已满"),
    "full-today": (0, "its cap for today is reached", "已达当日上限"),
    "off-shift": (0, "off shift", "不在服务时段"),
    "no-area": (0, "has no service area", "未设服务范围"),
    "elsewhere": (0, "does not serve the location", "服务范围不含客户位置"),
}


def reason(code: str, *figures: Figure) -> str:
    """Return one code with its figures, as it is stored."""
    return f"{code}:{','.join(map(str, figures))}" if figures else code


def why_of(*parts: str) -> str:
    """Return what is stored of why a channel was given: its reasons, the empty ones left out."""
    return " ".join(part for part in parts if part)


def describe(why: str, language: Language = "en") -> str:
    """Return a stored `why` as a text; one of before there were codes is a text already."""
    texts = [_text(part, language) for part in why.split(" ")]
    if not all(texts):
        return why
    return ("，" if language == "zh" else ", ").join(texts)


def _text(part: str, language: Language) -> str:
    code, _, listed = part.partition(":")
    figures = listed.split(",") if listed else []
    wanted, *texts = _TEXTS.get(code, (-1, "", ""))
    return texts[language == "zh"].format(*figures) if wanted == len(figures) else ""
