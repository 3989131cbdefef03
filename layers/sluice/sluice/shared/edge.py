"""The edge before the API, infra/edge.yaml: who came through it, and from which address (F2).

The edge adds a secret to each request; functions know its SHA-256 only (EDGE_DIGESTS), so that
nothing secret stands in their environment. Two digests hold while the secret is replaced.
"""

from collections.abc import Mapping
from typing import Any

from sluice.shared import errors, settings

SECRET = "x-sluice-edge"  # noqa: S105  # nosec B105 - the header's name
ADDRESS = "x-sluice-viewer"


def is_there() -> bool:
    """Tell whether this deployment is called through an edge."""
    return bool(settings.optional("EDGE_DIGESTS"))


def address_of(event: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """Return the caller's address as the gateway saw it, or as its edge did."""
    if is_there():
        return headers.get(ADDRESS, "")
    return str(event.get("requestContext", {}).get("identity", {}).get("sourceIp") or "")


def base_url_of(event: Mapping[str, Any]) -> str:
    """Return where people reach this deployment, without a slash at the end."""
    configured = settings.optional("PUBLIC_BASE_URL")
    if configured:
        return configured.rstrip("/")
    context = event["requestContext"]
    stage = str(context.get("path", "")).removesuffix(str(event.get("path", "")))
    return f"https://{context['domainName']}{stage}".rstrip("/")


def demand(headers: Mapping[str, str]) -> None:
    """Let through what came by the edge, everything where there is none.

    Raises Forbidden: it knocked at the API's own address.
    """
    digests = settings.optional("EDGE_DIGESTS")
    if not digests:
        return
    import hashlib  # noqa: PLC0415 - two imports that a start without an edge does not pay for
    import hmac  # noqa: PLC0415

    shown = hashlib.sha256(headers.get(SECRET, "").encode()).hexdigest()
    matches = [hmac.compare_digest(shown, digest) for digest in digests.split(",")]
    if not any(matches):
        raise errors.Forbidden("This address answers its edge only: use the public one.")
