"""What exports refuse (F7)."""

from sluice.shared.errors import Refusal


class TooManyExports(Refusal):
    """An organisation has a few exports under way at once."""

    slug, title = "too-many-exports", "Too many exports are under way"
