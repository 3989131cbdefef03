"""Templates: put and read (E7)."""

from datetime import datetime

from pynamodb.expressions.condition import Condition

from sluice.push.content_tables import TemplateItem
from sluice.push.refusals import TemplateChanged
from sluice.push.rules.templates import Template
from sluice.shared import guard, ids, preconditions
from sluice.shared.errors import NotFound
from sluice.shared.table import find

MAX_TRIES = 5


def put_template(
    organization_id: str,
    template_id: str,
    template: Template,
    now: datetime,
    *,
    expected: int | None = None,
) -> TemplateItem:
    """Store a template in the place of what it was; the same again writes nothing.

    One read and one write, 2 write units per KiB; both again, at most 5 times, when another
    changed it. Raises Contention; ChangedMeanwhile: it is not of the version `expected`.
    """
    key = ids.key(organization_id, "templates")
    for _ in guard.attempts(MAX_TRIES):
        found = find(TemplateItem, key, template_id)
        if found is not None and found.template == template:
            return found
        version = preconditions.NONE_YET if found is None else version_of(found)
        preconditions.demand(expected, version)
        item = TemplateItem(key, template_id, template=template, updated_at=now)
        item.version = version + 1
        transaction = guard.Transaction()
        transaction.put(item, _as_read(found), TemplateChanged())
        try:
            transaction.commit()
        except TemplateChanged:
            continue
        return item
    raise AssertionError  # the loop ends in Contention


def version_of(item: TemplateItem) -> int:
    """Return how often a template was written."""
    return int(item.version or 1)


def _as_read(found: TemplateItem | None) -> Condition:
    if found is None:
        return TemplateItem.key.does_not_exist()
    uncounted = TemplateItem.key.exists() & TemplateItem.version.does_not_exist()
    return TemplateItem.version == version_of(found) if found.version else uncounted


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
