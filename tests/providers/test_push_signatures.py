"""Signatures against the examples that their authors publish."""

from datetime import UTC, datetime

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.types import Options

from sluice.push.providers.signatures import aliyun, tencent, web_push

# RFC 8291, appendix A.
TEXT = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
RECEIVER_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
ENCRYPTED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)
# RFC 8292, section 2.4.
VAPID_TOKEN = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE"
    "0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMu"
    "CGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA"
)
VAPID_KEY = (
    "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
)


def test_aliyuns_example_is_signed_as_aliyun_says() -> None:
    query = aliyun.query_of(
        {
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        }
    )
    headers = aliyun.headers_of(
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query=query,
        body=b"",
        key_id="YourAccessKeyId",
        secret="YourAccessKeySecret",
        nonce="3156853299f313e23d1673dc12e1703d",
        now=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
    )
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_aliyuns_query_encodes_what_is_not_unreserved() -> None:
    given = {"SignName": "春 茶*", "TemplateParam": '{"a":"~b/+"}'}
    assert aliyun.query_of(given) == (
        "SignName=%E6%98%A5%20%E8%8C%B6%2A&TemplateParam=%7B%22a%22%3A%22~b%2F%2B%22%7D"
    )


def test_tencents_example_is_signed_as_tencent_says() -> None:
    """Their page masks the secret key and shows each key that is derived from it."""
    body = (
        b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    )
    scope = "2019-02-25/cvm/tc3_request"
    text = tencent.text_to_sign(
        "cvm.tencentcloudapi.com", "DescribeInstances", body, "1551113065", scope
    )
    assert text.endswith("7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84")
    key = bytes.fromhex("b596b923aad85185e2d1f6659d2a062e0a86731226e021e61bfe06f7ed05f5af")
    assert tencent.sign(key, text) == (
        "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
    )


def test_the_message_of_rfc_8291_is_encrypted_as_it_says() -> None:
    sender = web_push.private_key(SENDER)
    given = [web_push.decoded(text) for text in (RECEIVER, AUTH, SALT)]
    body = web_push.encrypt(TEXT, given[0], given[1], sender, given[2])
    assert web_push.encoded(body) == ENCRYPTED


def test_a_browser_reads_what_was_encrypted_for_it() -> None:
    """Through another's implementation of RFC 8188."""
    browser = web_push.private_key(RECEIVER_PRIVATE)
    sender = ec.generate_private_key(ec.SECP256R1())
    text = "春茶".encode() * 600
    auth = web_push.decoded(AUTH)
    body = web_push.encrypt(text, web_push.decoded(RECEIVER), auth, sender, b"s" * 16)
    assert http_ece.decrypt(body, private_key=browser, auth_secret=auth) == text


@pytest.mark.parametrize("receiver", [b"", b"\x04" + b"\x01" * 64, b"\x05" * 65])
def test_what_is_no_point_of_the_curve_is_refused(receiver: bytes) -> None:
    sender = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ValueError, match=r"."):
        web_push.encrypt(TEXT, receiver, b"a" * 16, sender, b"s" * 16)


def test_a_text_too_long_for_a_push_service_is_refused() -> None:
    sender = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ValueError, match="over 3993 bytes"):
        web_push.encrypt(b"x" * 3994, web_push.decoded(RECEIVER), b"a" * 16, sender, b"s" * 16)


def test_a_vapid_header_reads_as_the_example_of_rfc_8292_does() -> None:
    """The example's signature is checked by the same steps as ours, and its claims are ours."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime(2026, 11, 22, tzinfo=UTC)
    header = web_push.vapid(key, "https://push.example.net", "mailto:push@example.com", now)
    token, public = header.removeprefix("vapid t=").split(", k=")
    ours, example = _verified(token, public), _verified(VAPID_TOKEN, VAPID_KEY)
    assert ours.pop("exp") == int(now.timestamp()) + 12 * 3600
    assert example.pop("exp") == 1453523768
    assert ours == example
    assert jwt.get_unverified_header(token) == jwt.get_unverified_header(VAPID_TOKEN)


def _verified(token: str, public: str) -> dict[str, object]:
    point = web_push.decoded(public)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    options: Options = {"verify_aud": False, "verify_exp": False}
    claims: dict[str, object] = jwt.decode(token, key, algorithms=["ES256"], options=options)
    return claims
