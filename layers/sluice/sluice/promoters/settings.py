"""How an organisation runs promoter tasks: weights of the orders, the platform's fee (D3)."""

import msgspec

from sluice.organizations import store
from sluice.organizations.rules import PromoterTasks


def find(organization_id: str) -> PromoterTasks:
    """Return an organisation's settings as they are now: one read. Raises NotFound."""
    kept = store.find_organization(organization_id).promoter_tasks
    return msgspec.convert(kept or {}, PromoterTasks)
