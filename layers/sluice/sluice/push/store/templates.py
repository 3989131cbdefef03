"""Templates: put and read (E7)."""

from datetime import datetime

from sluice.push.content_tables import TemplateItem
from sluice.push.rules.templates import Template
from sluice.shared import ids
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find


def put_template(organization_id: str, template_id: str, template: Template, now: datetime) -> None:
    """Store a template in the place of what it was: one write, 2 write units per KiB."""
    key = ids.key(organization_id, "templates")
    transaction = Transaction()
    transaction.put(TemplateItem(key, template_id, template=template, updated_at=now))
    transaction.commit()


def read_template(organization_id: str, template_id: str) -> TemplateItem:
    """Return a template: one consistent read. Raises NotFound."""
    found = find(TemplateItem, ids.key(organization_id, "templates"), template_id)
    if found is None:
        raise NotFound("There is no such template.")
    return found


def list_templates(organization_id: str, after: str, limit: int) -> list[TemplateItem]:
    """Return templates by id, from behind one: one query."""
    key = ids.key(organization_id, "templates")
    found = TemplateItem.query(key, TemplateItem.item > (after or " "), limit=limit)
    return list(found)
