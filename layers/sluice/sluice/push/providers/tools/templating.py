"""Which of a provider's templates a message fills, and with what."""

import re
from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import Message, Rejected
from sluice.push.rules.contents import Content, ProviderTemplate

Parameters = Annotated[dict[str, str], Meta(max_length=50)]  # of an account's own template

_PLACEHOLDER = re.compile(r"\{(title|body|link)\}")
NO_TEMPLATE = "neither the content nor the account names a template of this provider"


def template_of(account: ProviderAccount, message: Message) -> ProviderTemplate:
    """Return the template of the content for this account, else for its type, else the account's.

    An account's own has parameters with `{title}`, `{body}` and `{link}` to be filled in. Raises
    Rejected where there is none.
    """
    found = _of_content(account, message.content)
    if found is not None:
        return found
    settings = account.settings or {}
    template_id, parameters = settings.get("template_id"), settings.get("template_parameters")
    if not template_id:
        raise Rejected(NO_TEMPLATE)
    return ProviderTemplate(str(template_id), _filled(parameters or {}, message))


def template_id_of(account: ProviderAccount, content: Content) -> str | None:
    """Return the id of the template that content was, or would be, sent with; None without one."""
    found = _of_content(account, content)
    if found is not None:
        return found.id
    template_id = (account.settings or {}).get("template_id")
    return str(template_id) if template_id else None


def _of_content(account: ProviderAccount, content: Content) -> ProviderTemplate | None:
    return content.templates.get(account.account_id) or content.templates.get(account.type)


def _filled(parameters: Mapping[str, str], message: Message) -> dict[str, str]:
    content = message.content
    values = {
        "title": content.title,
        "body": content.body,
        "link": message.link or content.link or "",
    }
    return {
        name: _PLACEHOLDER.sub(lambda found: values[found[1]], text)
        for name, text in parameters.items()
    }
