"""What a provider answers instead of doing what it was asked.

Messages name the call and the code, never a token, a customer or the provider's own text, which
quotes what it was sent.
"""

from sluice.shared.errors import Problem

MINUTE_SECONDS = 60


class ProviderFailure(Problem):
    """The provider did not do it. `code` is its own, or the HTTP status; 0 where there was none."""

    slug, title, status = "provider-failure", "The messaging provider did not do it", 502

    def __init__(self, call: str, code: int = 0, advice: str = "") -> None:
        super().__init__(f"{call}: {code}. {advice}".strip())
        self.call = call
        self.code = code


class TokenExpired(ProviderFailure):
    """The access token is dead, by age or early: a new one is fetched, once."""

    slug, title, status = "provider-busy", "The messaging provider is not ready", 503
    retry_after_seconds = 5


class RateLimited(ProviderFailure):
    """Too many calls: nothing more will be taken for `retry_after_seconds`."""

    slug, title, status = "provider-busy", "The messaging provider is not ready", 503
    retry_after_seconds: int | None = MINUTE_SECONDS


class Unavailable(ProviderFailure):
    """The provider could not be asked, or says it is busy. It may have been done."""

    slug, title, status = "provider-busy", "The messaging provider is not ready", 503
    retry_after_seconds = 5


class AbnormalAccount(ProviderFailure):
    """This employee cannot receive customers: their channel closes and operators are alarmed."""

    slug, title, status = "provider-account-abnormal", "The provider account is not usable", 409


class Misconfigured(ProviderFailure):
    """The app, its rights or our address are not set up there; the message says what to do."""

    slug, title, status = "provider-misconfigured", "The provider account is not set up", 409


class NotThere(ProviderFailure):
    """The way, customer, group or relation does not exist, or no longer."""

    slug, title, status = "provider-has-no-such", "The provider has no such thing", 404


class TooLate(ProviderFailure):
    """The welcome code has been used, is older than 20 seconds, or they are talking already."""

    slug, title, status = "provider-too-late", "Too late at the provider", 409


class Rejected(ProviderFailure):
    """An answer that none of the others covers: a fault of ours, or a new code of theirs."""
