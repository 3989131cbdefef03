"""What exports refuse (F7)."""

from sluice.shared.errors import Refusal


class ExportExists(Refusal):
    """There is an export with this id: a fault of randomness."""

    slug, title = "export-exists", "Try again"


class TooManyExports(Refusal):
    """An organisation has a few exports under way at once."""

    slug, title = "too-many-exports", "Too many exports are under way"


class ExportMoved(Refusal):
    """Another call or step changed this export; look again and decide again."""

    slug, title = "export-moved", "This export changed at the same moment"
