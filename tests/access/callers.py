"""Everybody who may knock, and how each proves who they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.demo.client import signature
from tests.access.tokens import expired, forged
from tests.access.world import FIRST_OPERATOR, ROLES, SOMEBODY, Home

type Headers = Mapping[str, str]

ABOUT: Mapping[str, str] = {
    "nobody": "brings nothing",
    "forged": "a staff token with a broken signature, and a signature by a key of their own",
    "expired": "an operator's token, a second too late",
    "admin": "the platform's admin, of no organisation",
    "operator": "",
    "member": "an employee: salesperson, service",
    "promoter": "",
    "merchant": "",
    "demoted": "their token still says operator, their member item does not",
    "disabled": "an operator whose member item is inactive, with a token from before",
    "partner": "signs with the secret of a partner of theirs",
    "provider": "signs with the secret of a provider account of theirs",
}
OUTSIDERS = ("nobody", "forged", "expired")
STAFF = ("admin", "operator", "member", "promoter", "merchant", "demoted", "disabled")
WRONG_SECRET = "whsec_" + "A" * 43 + "="


@dataclass(frozen=True)
class Caller:
    """Somebody at home in one organisation, or in none."""

    name: str
    prove: Callable[[bytes], Headers]  # for a body
    member_id: str = SOMEBODY  # whose things are theirs


def everybody(home: Home) -> list[Caller]:
    """Return a caller of each kind, at home in the organisation."""
    organization = home.organization
    token = home.tokens[FIRST_OPERATOR]
    broken = forged(token)["a broken signature"]
    admin = str(organization.deployment.admin.headers["Authorization"])
    found = {
        "nobody": Caller("nobody", lambda _: {}),
        "forged": Caller(
            "forged", lambda body: {"Authorization": broken} | signature(WRONG_SECRET, body)
        ),
        "expired": Caller("expired", _bearer(expired(organization)), FIRST_OPERATOR),
        "admin": Caller("admin", _bearer(admin)),
        "operator": Caller("operator", _bearer(token), FIRST_OPERATOR),
        "partner": Caller("partner", lambda body: signature(organization.partner_secret, body)),
        "provider": Caller("provider", lambda body: signature(home.provider_secret, body)),
    }
    for member_id in ROLES:
        if member_id != FIRST_OPERATOR:
            found[member_id] = Caller(member_id, _bearer(home.tokens[member_id]), member_id)
    return [found[name] for name in ABOUT]


def _bearer(token: str) -> Callable[[bytes], Headers]:
    return lambda _: {"Authorization": token}
