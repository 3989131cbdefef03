"""Which addresses may be called where somebody else named the host."""

import pytest

from sluice.shared.addresses import may_be_called

PUBLIC = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
PRIVATE = [
    "127.0.0.1",
    "10.0.0.5",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # where AWS tells a machine its credentials
    "169.254.170.2",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "fec0::1",
    "5f00::1",
    "::7f00:1",
    "::ffff:0:a9fe:a9fe",
    "2002:7f00:1::",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address: str) -> None:
    assert may_be_called(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_other_may_be_called(address: str) -> None:
    assert not may_be_called(address)


def test_a_private_network_may_be_called_where_it_is_allowed_and_no_other() -> None:
    assert may_be_called("10.1.2.3", ["10.1.0.0/16"])
    assert may_be_called("::ffff:10.1.2.3", ["10.1.0.0/16"])
    assert not may_be_called("10.2.0.1", ["10.1.0.0/16"])
    assert not may_be_called("::1", ["10.1.0.0/16"])


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f000001", "1.2.3.4/8"])
def test_what_is_no_address_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        may_be_called(text)
