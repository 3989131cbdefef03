"""What is sent to sign up: JSON, or the page's own form, which says the same (B4)."""

from typing import Annotated, Any

from msgspec import Meta, field

from sluice.campaigns.pages.signup import ANSWER
from sluice.campaigns.rules.campaigns import MAX_FIELDS
from sluice.campaigns.rules.forms import MAX_ANSWER
from sluice.codes.customers import Who

YES = "yes"  # what the box of the consent sends

Question = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$(?!\n)")]
Answer = Annotated[str, Meta(max_length=MAX_ANSWER)]


class SignUp(Who):
    """Who signs up, what they answer to the form, and that they agree that it is kept."""

    answers: Annotated[dict[Question, Answer], Meta(max_length=MAX_FIELDS)] = field(
        default_factory=dict
    )
    consent: bool = False


def meaning(fields: dict[str, str]) -> dict[str, Any]:
    """Return what the page's form says."""
    answers = {
        name.removeprefix(ANSWER): fields.pop(name)
        for name in list(fields)
        if name.startswith(ANSWER)
    }
    said = {"answers": answers, "consent": fields.pop("consent", "") == YES}
    # The page leaves it empty where the cookie tells who calls.
    return {name: value for name, value in fields.items() if value} | said
