"""WeCom's callback encryption (A7): what is sealed opens, everything else is one refusal."""

import base64
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.shared.errors import Unauthenticated
from sluice.shared.providers.sealing import CallbackKey, signature_of, unseal
from tests.providers.wecom_double import aes, envelope

KEY = CallbackKey("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
CORP = "wx5823bf96d3bd56c7"
TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)
ANYTHING = st.text(max_size=120)  # lone surrogates too


class Vector(NamedTuple):
    """A sealed message with its signature, from WeCom's own sample code."""

    key: CallbackKey
    corp_id: str
    signature: str
    timestamp: str
    nonce: str
    sealed: str
    message: str


PUBLISHED = [
    Vector(
        KEY,
        CORP,
        "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
        "1409659589",
        "263014780",
        "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
        "1616140317555161061",
    ),
    Vector(
        CallbackKey(
            "hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"
        ),
        "ww1436e0e65a779aee",
        "012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb",
        "1476416373",
        "47744683",
        "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA==",
        "1288432023552776189",
    ),
]


def opened(
    sealed: str,
    *,
    key: CallbackKey = KEY,
    corp_id: str = CORP,
    signature: str | None = None,
    timestamp: str = "1",
    nonce: str = "2",
) -> bytes:
    if signature is None:
        signature = envelope.sign(key.token, timestamp, nonce, sealed)
    return unseal(
        [key], corp_id, signature=signature, timestamp=timestamp, nonce=nonce, sealed=sealed
    )


def sealed_raw(plain: bytes, key: CallbackKey = KEY) -> str:
    """Seal bytes as they are: no padding, no length, no receive id added."""
    secret = base64.b64decode(key.encoding_aes_key + "=")
    return base64.b64encode(aes.encrypt(secret, secret[:16], plain)).decode()


@pytest.mark.parametrize("vector", PUBLISHED, ids=["echo", "newer echo"])
def test_what_wecom_publishes_opens_here_and_in_the_double(vector: Vector) -> None:
    given_key, corp_id = vector.key, vector.corp_id
    message = opened(
        vector.sealed,
        key=given_key,
        corp_id=corp_id,
        signature=vector.signature,
        timestamp=vector.timestamp,
        nonce=vector.nonce,
    )
    assert message.decode() == vector.message
    assert envelope.unseal(given_key.encoding_aes_key, vector.sealed) == (vector.message, corp_id)


def test_the_doubles_aes_is_the_standards() -> None:
    """The example of FIPS 197, appendix C.3."""
    key, plain = bytes(range(32)), bytes.fromhex("00112233445566778899aabbccddeeff")
    sealed = aes.encrypt(key, bytes(16), plain)
    assert sealed.hex() == "8ea2b7ca516745bfeafc49904b496089"
    assert aes.decrypt(key, bytes(16), sealed) == plain


@settings(max_examples=30)
@given(TEXTS, st.binary(min_size=16, max_size=16))
def test_what_another_implementation_sealed_is_read(message: str, noise: bytes) -> None:
    sealed = envelope.seal(KEY.encoding_aes_key, CORP, message, noise)
    assert opened(sealed) == message.encode()


@given(TEXTS, TEXTS, TEXTS)
def test_both_implementations_sign_alike(timestamp: str, nonce: str, sealed: str) -> None:
    ours = signature_of(KEY.token, timestamp, nonce, sealed)
    assert ours == envelope.sign(KEY.token, timestamp, nonce, sealed)


@settings(max_examples=300)
@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_anything_unsigned_is_the_one_refusal(
    signature: str, timestamp: str, nonce: str, sealed: str, corp_id: str
) -> None:
    with pytest.raises(Unauthenticated):
        opened(
            sealed, signature=signature, timestamp=timestamp, nonce=nonce, corp_id=corp_id or "x"
        )


@settings(max_examples=200)
@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_anything_signed_that_was_not_sealed_is_the_one_refusal(sealed: str) -> None:
    """Whoever knows the token and not the key learns nothing but that it was refused."""
    with pytest.raises(Unauthenticated):
        opened(sealed)


@settings(max_examples=40)
@given(st.binary(max_size=96).map(lambda data: data[: len(data) // 16 * 16]))
def test_any_plain_text_of_another_shape_is_the_one_refusal(plain: bytes) -> None:
    with pytest.raises(Unauthenticated):
        opened(sealed_raw(plain))


NOISE = bytes(16)
GOOD = NOISE + (2).to_bytes(4) + b"hi" + CORP.encode()


def padded(plain: bytes, block: int = 32) -> bytes:
    amount = block - len(plain) % block
    return plain + bytes([amount] * amount)


@pytest.mark.parametrize(
    "plain",
    [
        padded(NOISE + (2).to_bytes(4) + b"hi" + b"wxsomebodyelse"),
        padded(NOISE + (2).to_bytes(4) + b"hi"),
        padded(NOISE + (3).to_bytes(4) + b"hi" + CORP.encode()),
        padded(NOISE + (2**32 - 1).to_bytes(4) + b"hi" + CORP.encode()),
        padded(NOISE + b"\x00\x00"),
        padded(GOOD)[:-1] + b"\x00",
        padded(GOOD)[:-1] + b"\x21",
        GOOD + bytes([40]) * 40,
        padded(GOOD)[:-2] + b"\x00" + padded(GOOD)[-1:],
        bytes(32),
    ],
    ids=[
        "another's receive id",
        "no receive id",
        "length one too many",
        "length beyond all",
        "too short",
        "padding of nothing",
        "padding over what there is",
        "padding over a block",
        "uneven padding",
        "zeroes",
    ],
)
def test_a_signed_and_sealed_message_of_a_wrong_shape_is_refused(plain: bytes) -> None:
    assert opened(sealed_raw(padded(GOOD))) == b"hi"
    with pytest.raises(Unauthenticated):
        opened(sealed_raw(plain))


@pytest.mark.parametrize("part", ["timestamp", "nonce", "signature", "sealed"])
def test_one_changed_part_is_refused(part: str) -> None:
    sealed = envelope.seal(KEY.encoding_aes_key, CORP, "hello")
    parts = {
        "timestamp": "1",
        "nonce": "2",
        "signature": envelope.sign(KEY.token, "1", "2", sealed),
        "sealed": sealed,
    }
    assert unseal([KEY], CORP, **parts) == b"hello"
    parts[part] = ("x" if parts[part][0] != "x" else "y") + parts[part][1:]
    with pytest.raises(Unauthenticated):
        unseal([KEY], CORP, **parts)


def test_two_keys_are_valid_while_one_is_replaced() -> None:
    other = PUBLISHED[1].key
    sealed = envelope.seal(other.encoding_aes_key, CORP, "hello")
    signature = envelope.sign(other.token, "1", "2", sealed)
    both = unseal([KEY, other], CORP, signature=signature, timestamp="1", nonce="2", sealed=sealed)
    assert both == b"hello"
    with pytest.raises(Unauthenticated):
        unseal([KEY], CORP, signature=signature, timestamp="1", nonce="2", sealed=sealed)
    with pytest.raises(Unauthenticated):
        unseal([], CORP, signature=signature, timestamp="1", nonce="2", sealed=sealed)


def test_a_key_that_ends_in_any_letter_is_32_bytes() -> None:
    """WeCom draws the 43rd letter at random; two of its six bits belong to no byte."""
    for last in "AZaz09":
        key = CallbackKey("t", KEY.encoding_aes_key[:-1] + last)
        assert opened(envelope.seal(key.encoding_aes_key, CORP, "hello"), key=key) == b"hello"


def test_no_key_shows_itself() -> None:
    assert KEY.token not in repr(KEY)
    assert KEY.encoding_aes_key not in repr(KEY)
