"""What is pushed (E1), as the user and the provider get it."""

import msgspec


class ProviderTemplate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A provider's own template: its id there, and the parameters in the provider's order."""

    id: str
    parameters: dict[str, str] = {}


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message in one language, its placeholders filled in."""

    title: str
    body: str
    link: str | None = None
    content_id: str | None = None
    templates: dict[str, ProviderTemplate] = {}  # by account id, or by provider type
    locale: str | None = None
    version: str | None = None  # of the words that were sent: "sha256:<hex>" (E9)
