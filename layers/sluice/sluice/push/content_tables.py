"""The table of templates and of content versions (E7, E9). Access patterns: docs/push.md."""

from typing import Any

import msgspec
from pynamodb.attributes import (
    Attribute,
    DiscriminatorAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.constants import STRING

from sluice.push.rules.templates import Template
from sluice.push.rules.versions import Link
from sluice.shared import settings
from sluice.shared.table import Moment, Table


class JsonAttribute[T](Attribute[T]):
    """A struct as JSON."""

    attr_type = STRING

    def __init__(self, struct: type[T], **given: Any) -> None:
        super().__init__(**given)
        self._struct = struct

    def serialize(self, value: T) -> str:
        """Return the JSON text."""
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> T:
        """Return the struct."""
        return msgspec.json.decode(value, type=self._struct)


class ContentItem(Table):
    """What all items of the table share; every item is of one of the classes below."""

    class Meta:
        table_name = settings.text("CONTENTS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()


class TemplateItem(ContentItem, discriminator="template"):
    """`organisation # templates`, template: what it says in each language."""

    template = JsonAttribute(Template)
    updated_at = Moment()
    version = NumberAttribute(null=True)  # none: of a release that counted none, the first


class ContentVersion(ContentItem, discriminator="version"):
    """`organisation # content # hash`, `version`: words by their hash; written once."""

    text = UnicodeAttribute()  # what the hash is of
    created_at = Moment()
    position = NumberAttribute(null=True)  # in the chain; set once


class ChainLink(ContentItem, discriminator="link"):
    """`organisation # chain`, position: one link of the chain; written once."""

    link = JsonAttribute(Link)
    hash = UnicodeAttribute()


class ChainHead(ContentItem, discriminator="head"):
    """`organisation # chain`, `head`: where the chain ends."""

    position = NumberAttribute()
    hash = UnicodeAttribute()
