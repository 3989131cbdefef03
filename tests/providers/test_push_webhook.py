"""The webhook adapter against a receiver that checks as Standard Webhooks' own library does."""

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from standardwebhooks.webhooks import Webhook

from sluice.organizations import access
from sluice.push.providers import Rejected, Sent, Unknown, Unreachable, webhook
from sluice.shared import clock, outside, resolving, signing
from sluice.shared.errors import Invalid, Unauthenticated
from tests.providers.http_double import Answered, Asked, HttpDouble
from tests.providers.push_messages import MESSAGE, TRACKING_ID, account, request
from tests.support.aws import local_aws


class Receiver(HttpDouble):
    """Somebody's system: it verifies, and shows a message once."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret = secret
        self.shown: dict[str, Any] = {}

    def answer(self, asked: Asked) -> Answered:
        body = Webhook(self.secret).verify(asked.body, asked.headers)
        self.shown.setdefault(asked.headers["webhook-id"], body)
        return Answered(200, json.dumps({"message_id": f"m-{len(self.shown)}"}).encode())


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("PRIVATE_TARGETS", "127.0.0.0/8")
    with local_aws():
        key = base64.b64encode(access.provider_key("acme", "the-account")).decode()
        with Receiver(f"whsec_{key}") as double:
            yield double


def send(url: str) -> Sent:
    return webhook.send(account("webhook", url=url), MESSAGE)


def test_a_message_is_posted_signed_and_shown_once_however_often_it_is_sent(
    receiver: Receiver,
) -> None:
    assert send(f"{receiver.url}/in?room=1") == Sent("m-1")
    assert send(f"{receiver.url}/in?room=1") == Sent("m-1")
    assert [asked.query for asked in receiver.asked] == [{"room": "1"}] * 2
    assert receiver.asked[0].headers["host"] == receiver.host
    assert receiver.shown == {
        TRACKING_ID: {
            "type": "message",
            "tracking_id": TRACKING_ID,
            "organization_id": "acme",
            "account_id": "the-account",
            "channel": "the-channel",
            "purpose": "service",
            "user_id": "u-7",
            "title": "Spring tea",
            "body": "The first leaves are in.",
            "link": "https://s.example.com/l/4h7k9m2p5r8t0w3y",
            "content_id": "spring-tea",
        }
    }


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"[]", b'{"message_id": 7}', b"\xff", b'{"message_id": ""}']
)
def test_any_2xx_is_taken_also_without_an_id(receiver: Receiver, body: bytes) -> None:
    receiver.fault = Answered(202, body)
    assert send(receiver.url) == Sent(None)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, Unreachable),
        (400, Rejected),
        (401, Unreachable),
        (404, Unreachable),
        (408, Unknown),
        (410, Rejected),
        (422, Rejected),
        (429, Unreachable),
        (500, Unknown),
        (503, Unknown),
    ],
)
def test_each_status_says_what_became_of_the_message(
    receiver: Receiver, status: int, error: type[Exception]
) -> None:
    receiver.fault = Answered(status, b"private", (("Location", "http://169.254.169.254/"),))
    with pytest.raises(error, match=f"^HTTP {status}$"):
        send(receiver.url)
    assert len(receiver.asked) == 1, "neither redirected nor retried"


def test_a_receiver_that_is_busy_says_for_how_long(receiver: Receiver) -> None:
    receiver.fault = Answered(429, b"", (("Retry-After", "120"),))
    with pytest.raises(Unreachable) as caught:
        send(receiver.url)
    assert caught.value.retry_after_seconds == 120


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("120", 120),
        pytest.param("9" * 5000, 86_400, id="5,000 digits"),
        ("Thu, 05 Mar 2026 08:01:00 GMT", 60),
        ("Thursday, 05-Mar-26 08:01:00 GMT", 60),
        ("Thu, 05 Mar 2026 08:01:00 -0000", 60),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("soon", None),
        ("-5", None),
        ("\u0663", None),
        ("", None),
    ],
)
def test_how_long_to_wait_is_told_in_seconds_or_as_a_date_for_a_day_at_most(
    monkeypatch: pytest.MonkeyPatch, given: str, seconds: int | None
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 5, 8, tzinfo=UTC))
    assert outside.Answer(429, {"retry-after": given}, b"").retry_after_seconds == seconds


@pytest.mark.parametrize("fault", ["cut", "hang"])
def test_without_an_answer_it_may_have_arrived(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(outside, "READ_SECONDS", 0.2)
    receiver.hang_seconds, receiver.fault = 0.5, fault
    with pytest.raises(Unknown):
        send(receiver.url)
    assert len(receiver.asked) == 1


@pytest.mark.parametrize(
    ("scheme", "begins"),
    [("http", b"HTTP/1.1 200 OK\r\nX-Long: "), ("https", b"\x16\x03\x03\x10\x00")],
)
def test_a_host_that_sends_a_byte_now_and_then_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, scheme: str, begins: bytes
) -> None:
    """Neither in its handshake nor in its headers: each wait is short, all together are not."""
    monkeypatch.setenv("PRIVATE_TARGETS", "127.0.0.0/8")
    monkeypatch.setattr(outside, "WHOLE_SECONDS", 0.5)
    over = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            for byte in [*begins, *b"a" * 60]:
                connection.sendall(bytes([byte]))
                if over.wait(0.05):
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=(server,), daemon=True).start()
        port, began = server.getsockname()[1], time.monotonic()
        with pytest.raises((outside.NoAnswer, outside.NotSent)):
            outside.post_public(f"{scheme}://127.0.0.1:{port}/", {}, b"{}")
        over.set()
    assert time.monotonic() - began < 2


def test_a_resolver_that_hangs_holds_nobody_up_nor_ever_more_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`getaddrinfo` has no timeout: what hangs is left behind, so many at a time."""
    over, asked = threading.Event(), []

    def hang(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        over.wait(10)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(resolving, "SECONDS", 0.05)
    began = time.monotonic()
    for _ in range(resolving.AT_ONCE + 3):
        with pytest.raises(outside.NotSent, match="the host is not known in time"):
            outside.post_public("https://hook.example.com/", {}, b"{}")
    assert time.monotonic() - began < 3
    assert len(asked) == resolving.AT_ONCE
    over.set()
    monkeypatch.setattr(resolving, "SECONDS", 5.0)
    with pytest.raises(outside.NotSent, match="there is no such host"):
        outside.post_public("https://hook.example.com/", {}, b"{}")


def test_an_answer_without_end_is_not_read_to_its_end(receiver: Receiver) -> None:
    receiver.fault = Answered(200, b"x" * (outside.MAX_ANSWER_BYTES + 1))
    with pytest.raises(Unknown, match="over 65536 bytes"):
        send(receiver.url)


def test_where_nobody_listens_nothing_was_sent(receiver: Receiver) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert receiver.url
    with pytest.raises(Unreachable, match="could not be reached"):
        send(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "https://localhost:{port}/",
        "https://[::1]:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://2130706433:{port}/",
        "https://0x7f.1:{port}/",
        "https://169.254.169.254/latest/meta-data",
        "https://no-such-host.invalid/",
        "https://user:pass@127.0.0.1:{port}/",
        "ftp://127.0.0.1:{port}/",
        "https:///path",
        "http://8.8.8.8/",
    ],
)
def test_nothing_is_sent_to_a_private_address_however_it_is_written(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PRIVATE_TARGETS", "")
    port = receiver.host.split(":")[1]
    with pytest.raises(Unreachable):
        send(url.format(port=port))
    assert not receiver.asked


def test_the_address_that_was_checked_is_the_one_that_is_called(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that changes its address between the check and the call changes nothing."""
    port = int(receiver.host.split(":")[1])
    asked: list[str] = []

    def resolve(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 or host == "127.0.0.1" else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert send(f"http://hook.example.com:{port}/") == Sent("m-1")
    assert asked == ["hook.example.com", "127.0.0.1"]
    assert receiver.asked[0].headers["host"] == f"hook.example.com:{port}"


@pytest.mark.parametrize(
    "case",
    [
        ("hook.example.com", True, Sent("m-1")),
        ("hook.example.com", False, Unreachable),
        ("another.example.com", True, Unreachable),
    ],
)
def test_the_certificate_is_that_of_the_host_not_of_its_address(
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    case: tuple[str, bool, Any],
) -> None:
    named, trusted, outcome = case
    certificate = self_signed(named, tmp_path)
    receiver.use_tls(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate if trusted else tmp_path / "none"))
    port = int(receiver.host.split(":")[1])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    url = f"https://hook.example.com:{port}/"
    if isinstance(outcome, Sent):
        assert send(url) == outcome
    else:
        with pytest.raises(outcome):
            send(url)
        assert not receiver.asked


def self_signed(host: str, folder: Path) -> Path:
    """Return a file with a certificate that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return path


@pytest.mark.parametrize("url", [None, 7, "", "example.com", "ftp://example.com", "https://a b"])
def test_an_account_without_an_address_is_refused(url: object) -> None:
    settings: dict[str, Any] = {} if url is None else {"url": url}
    with pytest.raises(Invalid, match="settings"):
        webhook.check_account("acme", settings, None)
    with pytest.raises(Unreachable, match="settings"):
        webhook.send(account("webhook", **settings), MESSAGE)


def test_an_account_with_an_address_is_taken() -> None:
    webhook.check_account("acme", {"url": "https://example.com/in", "more": True}, None)


def receipt(key: bytes, body: dict[str, Any]) -> Any:
    raw = json.dumps({"type": "receipt", **body}).encode()
    asked = request(raw, signing.sign_webhook(key, "r-1", clock.now(), raw))
    webhook.authenticate(account("webhook"), asked)
    return webhook.parse(account("webhook"), asked)


def test_a_signed_receipt_is_read() -> None:
    with local_aws():
        key = access.provider_key("acme", "the-account")
        found = receipt(key, {"tracking_id": TRACKING_ID, "status": "seen"})
        assert [(one.tracking_id, one.status) for one in found] == [(TRACKING_ID, "seen")]
        assert webhook.reply(account("webhook"), request(b"")) is None
        with pytest.raises(Unauthenticated):
            receipt(access.provider_key("acme", "another"), {"status": "seen"})


def test_a_receipt_that_is_ours_to_send_or_of_tomorrow_is_no_receipt() -> None:
    with local_aws():
        key = access.provider_key("acme", "the-account")
        with pytest.raises(Invalid):
            receipt(key, {"type": "message", "status": "seen"})
        tomorrow = (clock.now() + timedelta(days=1)).isoformat()
        with pytest.raises(Invalid):
            receipt(key, {"tracking_id": TRACKING_ID, "status": "seen", "at": tomorrow})
