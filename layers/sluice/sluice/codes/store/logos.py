"""Verbs on an organisation's logo (A2)."""

from sluice.codes.rules.symbols import Logo
from sluice.organizations.refusals import NoSuchOrganization
from sluice.organizations.tables import Organization, OrganizationLogo
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find

_ITEM = "logo"


def put_logo(organization_id: str, logo: Logo | None) -> None:
    """Keep an organisation's logo, or none. One transaction: 2 write units for each KiB.

    Raises NoSuchOrganization.
    """
    item = OrganizationLogo(organization_id, _ITEM)
    transaction = Transaction()
    transaction.check(
        Organization(organization_id, "organization"),
        condition=Organization.organization_id.exists(),
        otherwise=NoSuchOrganization(),
    )
    image = OrganizationLogo.image
    if logo is None:
        transaction.upsert(item, [image.remove()])
    else:
        sizes = [OrganizationLogo.width.set(logo.width), OrganizationLogo.height.set(logo.height)]
        transaction.upsert(item, [image.set(logo.png), *sizes])
    transaction.commit()


def read_logo(organization_id: str) -> Logo:
    """Return an organisation's logo: one read, a unit for each 4 KiB. Raises NotFound."""
    found = find(OrganizationLogo, organization_id, _ITEM)
    if found is None or not found.image:
        raise NotFound("This organisation has no logo.")
    return Logo(bytes(found.image), int(found.width), int(found.height))
