"""What a push says: a template's words in the user's language, filled in and versioned (E7, E9)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from sluice.push.rules import templates as rules
from sluice.push.rules.contents import Content
from sluice.push.rules.run_words import Words, shared_faults
from sluice.push.rules.templates import Template
from sluice.push.store import contents, templates
from sluice.push.store.recipients import find_recipient, person_of
from sluice.shared.errors import Invalid


def of_template(
    organization_id: str, template_id: str, user_id: str, values: Mapping[str, str], now: datetime
) -> Content:
    """Return what a template says to a user: two reads, and `contents.keep`.

    Raises NotFound, and Invalid: variables that are missing, unknown or too long.
    """
    template = templates.read_template(organization_id, template_id).template
    person = person_of(find_recipient(organization_id, user_id))
    locale = person.locale if person else None
    return say(organization_id, template, locale, values, now)


def for_run(
    organization_id: str, template_id: str, values: dict[str, str], *, is_listed: bool
) -> tuple[Content, Words]:
    """Return what a run by a template says, its fallback first: one read.

    `is_listed`: a list fills in what `values` leave. Raises NotFound, Invalid.
    """
    template = templates.read_template(organization_id, template_id).template
    words = Words(template_id, template, values)
    if faults := shared_faults(words, is_listed=is_listed):
        raise Invalid("The template does not take these variables.", faults)
    return rules.words(template, template.fallback_locale), words


def say(
    organization_id: str,
    template: Template,
    locale: str | None,
    values: Mapping[str, str],
    now: datetime,
) -> Content:
    """Return a template's words in a locale, filled in; versioned is what stood before that.

    So a version is one text for all users, and nothing of a person is in the chain. Raises Invalid.
    """
    if faults := rules.value_faults(template, values):
        raise Invalid("The template does not take these variables.", faults)
    words = rules.words(template, rules.locale_for(template, locale))
    filled = rules.fill(words, values)
    if faults := rules.filled_faults(filled):
        raise Invalid("What the variables make of the template cannot be sent.", faults)
    version = contents.keep(organization_id, words, now).version
    return msgspec.structs.replace(filled, version=version)
