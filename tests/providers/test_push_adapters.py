"""What holds for every adapter."""

import inspect
import typing
from typing import Any

import pytest

from sluice.push import providers
from sluice.push.providers import ANY_PURPOSE, Adapter, ReceiptsBy
from sluice.push.providers.tools import wechat
from sluice.shared.errors import NotFound
from sluice.shared.providers import secrets
from tests.providers.push_messages import account

NAMES = typing.get_type_hints(Adapter)
CALLS = [name for name, _ in inspect.getmembers(Adapter, inspect.isfunction) if name[0] != "_"]


@pytest.mark.parametrize("account_type", sorted(providers.types()))
def test_an_adapter_has_all_that_the_protocol_names(account_type: str) -> None:
    adapter = providers.adapter_of(account(account_type))
    assert isinstance(adapter.deduplicates, bool)
    assert adapter.purposes
    assert adapter.purposes <= ANY_PURPOSE
    assert adapter.address_kind is None or adapter.address_kind.isidentifier()
    assert adapter.receipts in typing.get_args(ReceiptsBy.__value__)
    assert {"deduplicates", "address_kind", "purposes", "receipts"} == set(NAMES)
    for name in CALLS:
        expected = list(inspect.signature(getattr(Adapter, name)).parameters)[1:]
        assert list(inspect.signature(getattr(adapter, name)).parameters) == expected, name


@pytest.mark.parametrize("account_type", sorted(providers.types()))
def test_a_secret_shows_nothing(account_type: str) -> None:
    adapter = providers.adapter_of(account(account_type))
    secret = getattr(adapter, "Secret", wechat.Secret)
    assert issubclass(secret, secrets.Hidden)
    held: dict[str, Any] = dict.fromkeys(secret.__struct_fields__, "K3y")
    assert repr(secret(**held)) == "Secret(...)"


def test_what_is_no_adapter_sends_nothing() -> None:
    for account_type in ("tools", "signatures", "nobody", "../sandbox", ""):
        with pytest.raises(NotFound):
            providers.adapter_of(account(account_type))
