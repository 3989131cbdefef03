"""Parts of inputs that several operations share, each with its bounds."""

from typing import Annotated

from msgspec import Meta

from sluice.push.rules.audiences import USER_ID
from sluice.push.rules.contents import Content
from sluice.push.rules.strategies import Price
from sluice.shared.errors import Invalid
from sluice.shared.fields import WORD, Currency, Title, WebUrl
from sluice.shared.http import Body

UserId = Annotated[str, Meta(pattern=USER_ID)]
ContentId = Annotated[str, Meta(min_length=1, max_length=128)]
Kind = Annotated[str, Meta(pattern=WORD)]


class PriceBody(Body):
    """Money in micro-units: 1,000,000 are one major unit of the currency."""

    amount_micros: Annotated[int, Meta(ge=0, le=10**12)]
    currency: Currency


class ContentBody(Body):
    """What is pushed."""

    title: Title
    body: Annotated[str, Meta(min_length=1, max_length=2000)]
    link: WebUrl | None = None
    content_id: ContentId | None = None


Variable = Annotated[str, Meta(pattern=WORD)]
Locale = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$(?!\n)")]
Values = Annotated[dict[Variable, Annotated[str, Meta(max_length=500)]], Meta(max_length=20)]


def price_of(given: PriceBody) -> Price:
    """Return a price as the rules take it."""
    return Price(given.amount_micros, given.currency)


def content_of(given: ContentBody) -> Content:
    """Return content as the rules take it."""
    return Content(given.title, given.body, given.link, given.content_id)


def check_words(
    content: ContentBody | None, template_id: str | None, variables: dict[str, str]
) -> None:
    """Check that what is said is content, or a template and its variables. Raises Invalid."""
    if (content is None) == (template_id is None):
        raise Invalid("Give content or a template.", [("content", "or template_id, one")])
    if content is not None and variables:
        raise Invalid("Variables are a template's.", [("variables", "no template")])
