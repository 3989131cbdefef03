"""What the organisation context refuses."""

from sluice.shared.errors import Refusal


class NoSuchOrganization(Refusal):
    """The organisation does not exist."""

    slug, title, status = "no-such-organization", "There is no such organisation", 404


class OrganizationChanged(Refusal):
    """Another call changed this organisation at the same moment."""

    slug, title = "organization-changed", "Someone else just changed this organisation"


class LastOperator(Refusal):
    """Nobody else is an active operator with a login."""

    slug, title = "last-operator", "Somebody must remain an operator who can sign in"


class OrganizationExists(Refusal):
    """Another call created this organisation."""

    slug, title = "organization-exists", "This organisation exists already"


class TooManyPartners(Refusal):
    """An organisation holds a limited number of partners."""

    slug, title = "too-many-partners", "No more partners can be added"


class PartnerChanged(Refusal):
    """Another call changed this partner at the same moment."""

    slug, title = "partner-changed", "Someone else just changed this partner"


class ProviderTypeFixed(Refusal):
    """Channels and messages of an account were made for its type."""

    slug, title = "provider-type-fixed", "The type of a provider account cannot change"


class ProblemKnown(Refusal):
    """The account shows this problem already, or there is no such account."""

    slug, title = "problem-known", "This problem is known"


class ProblemChanged(Refusal):
    """The account shows another problem by now, or none."""
