"""Secrets of provider accounts for the tests of push adapters."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sluice.shared.providers import secrets, tokens
from sluice.shared.providers.failures import Misconfigured
from tests.support.aws import local_aws

REFERENCE = "sluice/acme/the-account"


@contextmanager
def kept(patch: pytest.MonkeyPatch, secret: Any) -> Iterator[None]:
    """Run with empty tables, in a process that knows no token, with a secret at the reference."""
    text = secret if isinstance(secret, str) else json.dumps(secret)

    def read(reference: str | None) -> str:
        if reference != REFERENCE:
            raise Misconfigured("account", advice="secret_reference is missing.")
        return text

    patch.setattr(secrets, "read", read)
    tokens.tokens.cache_clear()
    with local_aws():
        yield
    tokens.tokens.cache_clear()
