"""What invitations refuse."""

from sluice.shared.errors import Refusal


class PersonListed(Refusal):
    """This person is on the list already."""

    slug, title = "person-listed", "This person is on the list already"


class PersonNotListed(Refusal):
    """This person is not on the list."""

    slug, title = "person-not-listed", "This person is not on the list"


class SegmentChanged(Refusal):
    """Another call wrote the next version of this segment."""

    slug, title = "segment-changed", "Someone else just changed this segment"


class TooManyIdentities(Refusal):
    """More identities are one person's than are ever looked at."""

    slug, title = "too-many-identities", "This person has too many identities"


class ImportExists(Refusal):
    """There is an import with this id: a fault of randomness."""

    slug, title = "import-exists", "Try again"


class ImportMoved(Refusal):
    """Another call or step changed this import; look again and decide again."""

    slug, title = "import-moved", "This import changed at the same moment"


class ImportCannot(Refusal):
    """An import cannot become this from what it is: one that has ended is not set going again."""

    slug, title = "import-cannot", "This import cannot become that now"


class PromotionChanged(Refusal):
    """Another call wrote the next version of this promotion."""

    slug, title = "promotion-changed", "Someone else just changed this promotion"


class PromotionOver(Refusal):
    """The promotion has not begun, has ended or is closed."""

    slug, title = "promotion-over", "The promotion does not run now"
