"""Which version a PUT changes: If-Match and If-None-Match (RFC 9110, 13.1).

Of two who change what both saw as the same version, one wins and the other is told. The store
compares with the version that its write is conditioned on, so that the write decides.
"""

import re
from collections.abc import Mapping, Sequence

from sluice.shared.errors import Invalid, Problem, Refusal

NONE_YET = 0  # the version of what does not exist
_TAG = re.compile(r'(?:W/)?"([0-9]{1,15})"\Z')  # an edge that compresses marks tags as weak


class ChangedMeanwhile(Refusal):
    """It is not of the version that the caller has seen; what is there stays."""

    slug, title, status = "changed-meanwhile", "Somebody else changed this meanwhile", 412


def expected(headers: Mapping[str, str]) -> int | None:
    """Return the version that a change is for, NONE_YET for a new thing; None: whatever there is.

    Header names are in lower case. Raises Invalid; ChangedMeanwhile: nothing can be both.
    """
    given, is_new = headers.get("if-match"), "if-none-match" in headers
    if is_new and headers["if-none-match"] != "*":
        raise Invalid("If-None-Match is * of a new thing.", [("If-None-Match", "not *")])
    if given is None:
        return NONE_YET if is_new else None
    found = _TAG.match(given)
    if found is None:
        raise Invalid("If-Match is one ETag.", [("If-Match", 'not of the form "1"')])
    if is_new:
        raise ChangedMeanwhile
    return int(found[1])


def check(method: str, headers: Mapping[str, str], refusals: Sequence[type[Problem]]) -> None:
    """Raise Invalid where a change is for one version, at a route that could not keep to that."""
    if method == "GET" or (method == "PUT" and ChangedMeanwhile in refusals):
        return
    for name in ("If-Match", "If-None-Match"):
        if name.lower() in headers:
            raise Invalid(f"{name} is not taken here.", [(name, "not taken")])


def tag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def demand(wanted: int | None, version: int) -> None:
    """Raise ChangedMeanwhile unless the version is the wanted one, or any may be.

    `version` is the one that the write is conditioned on: who finds another then, asks again.
    """
    if wanted not in (None, version):
        raise ChangedMeanwhile
