"""What a member is told of a signup, in the organisation's language (B5)."""

from collections.abc import Mapping

_TEXTS: Mapping[str, tuple[str, str]] = {
    "en": ("New signup", "A customer signed up for {} through you."),
    "zh": ("新报名", "有客户通过您报名了「{}」。"),
}


def signup_notice(title: str, link: str, locale: str) -> dict[str, str]:
    """Return a notice; it says nothing of the customer."""
    head, body = _TEXTS["zh" if locale.lower().startswith("zh") else "en"]
    return {"title": head, "body": body.format(title), "link": link, "campaign": title}
