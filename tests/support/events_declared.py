"""Every event that a test emits is as the catalogue of webhooks declares it (F3)."""

import msgspec

from sluice.shared import outbox
from sluice.shared.outbox import Event, OutboxItem
from sluice.webhooks.rules import catalog

_item_of = outbox.item_of


def install() -> None:
    """Look at what goes into the outbox from now on, in this process."""
    vars(outbox)["item_of"] = _checked


def _checked(event: Event) -> OutboxItem:
    item = _item_of(event)
    assert event.type in {*catalog.CATALOG, *catalog.INTERNAL}, f"{event.type}: add it"
    if event.type in catalog.CATALOG:
        catalog.told_of(event.type, msgspec.json.decode(item.data))
    return item
