"""A whole life at WeCom over HTTP in both directions (A6, A7), and the double's own conduct."""

import contextlib
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import pytest

from sluice.codes.providers.protocol import Asked, Callback, Connected, Lost, Told
from sluice.codes.providers.wecom.adapter import WeCom
from sluice.codes.providers.wecom.client import Client
from sluice.shared.errors import Problem
from tests.providers.conftest import ACCOUNT, KEY
from tests.providers.wecom_double import WeComDouble
from tests.providers.wecom_double.envelope import Address

WAY = Asked(kind="contact", provider_ref="zhangsan", state="channel-key", name="Window 3")


class Receiver(ThreadingHTTPServer):
    """Our side of the callbacks: what a function will do, without AWS around it."""

    daemon_threads = True

    def __init__(self, provider: WeCom) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.provider = provider
        self.told: list[Told] = []
        self.posts = 0
        self.broken = 0  # so many posts are answered 500
        self.slow_seconds = 0.0

    @property
    def address(self) -> Address:
        url = f"http://127.0.0.1:{self.server_address[1]}/callbacks/acme/wecom"
        return Address(url, KEY.token, KEY.encoding_aes_key)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_GET(self) -> None:
        self._answer(self.server.provider.answer_echo, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts += 1
        if self.server.slow_seconds:
            time.sleep(self.server.slow_seconds)
        if self.server.broken:
            self.server.broken -= 1
            return self._send(500, b"")

        return self._answer(self._store, body)

    def _store(self, callback: Callback) -> bytes:
        self.server.told.extend(self.server.provider.read(callback))
        return b"success"

    def _answer(self, serve: Callable[[Callback], bytes], body: bytes) -> None:
        try:
            answer = serve(Callback(dict(parse_qsl(urlsplit(self.path).query)), {}, body))
        except Problem as problem:
            return self._send(problem.status, b"")
        return self._send(200, answer)

    def _send(self, status: int, answer: bytes) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def provider(client: Client) -> WeCom:
    return WeCom(ACCOUNT, client)


@pytest.fixture
def receiver(provider: WeCom) -> Iterator[Receiver]:
    with Receiver(provider) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def test_a_way_is_made_a_customer_comes_is_welcomed_and_leaves(
    wecom: WeComDouble, provider: WeCom, receiver: Receiver
) -> None:
    assert wecom.listen(receiver.address)
    way = provider.put_way(WAY, None)
    wecom.people.scan(way.id, "wmA", unionid="o-union")
    (came,) = receiver.told
    assert isinstance(came, Connected)
    assert (came.provider_ref, came.customer_ref, came.state) == ("zhangsan", "wmA", "channel-key")
    provider.welcome(came, "Welcome to Acme Tea")
    who = provider.identify(came)
    assert who
    assert who.unionid == "o-union"
    provider.describe(came, "Window 3", ["tag-spring"])
    wecom.people.delete_by_customer("zhangsan", "wmA")
    lost = receiver.told[-1]
    assert isinstance(lost, Lost)
    assert (lost.customer_ref, lost.by) == ("wmA", "customer")
    provider.delete_way("contact", way)
    assert [(asked.call, asked.errcode) for asked in wecom.log] == [
        ("gettoken", 0),
        ("externalcontact/add_contact_way", 0),
        ("externalcontact/send_welcome_msg", 0),
        ("externalcontact/get", 0),
        ("externalcontact/remark", 0),
        ("externalcontact/mark_tag", 0),
        ("externalcontact/del_contact_way", 0),
    ]
    assert wecom.log[2].given["text"] == {"content": "Welcome to Acme Tea"}
    assert [(sent.attempts, sent.status) for sent in wecom.people.sent] == [(1, 200), (1, 200)]


def test_a_group_is_made_joined_and_left(
    wecom: WeComDouble, provider: WeCom, receiver: Receiver
) -> None:
    assert wecom.listen(receiver.address)
    wecom.people.found_group("wr1", "zhangsan")
    way = provider.put_way(Asked(kind="group", provider_ref="wr1", state="group-key"), None)
    wecom.people.join_group(way.id, "wmA", unionid="o-union")
    came = receiver.told[-1]
    assert isinstance(came, Connected)
    who = provider.identify(came)
    assert who
    assert (who.unionid, who.state) == ("o-union", "group-key")
    wecom.people.rename_group("wr1", "Tea masters")
    wecom.people.leave_group("wr1", "wmA")
    wecom.people.dismiss_group("wr1")
    provider.delete_way("group", way)
    kinds = [type(each).__name__ for each in receiver.told]
    assert kinds == ["ChannelChanged", "Connected", "ChannelChanged", "Lost", "ChannelChanged"]
    assert wecom.calls == [
        "externalcontact/groupchat/add_join_way",
        "externalcontact/groupchat/get_join_way",
        "externalcontact/groupchat/get",
        "externalcontact/groupchat/del_join_way",
    ]


def test_every_other_turn_of_a_relation_is_told(
    wecom: WeComDouble, provider: WeCom, receiver: Receiver
) -> None:
    assert wecom.listen(receiver.address)
    way = provider.put_way(WAY, None)
    wecom.people.scan(way.id, "wmA", half=True)
    wecom.people.accept("zhangsan", "wmA")
    wecom.people.edit("zhangsan", "wmA", "good customer")
    wecom.people.fail_transfer("zhangsan", "wmA")
    wecom.people.tell_something_else()
    wecom.people.delete_by_employee("zhangsan", "wmA", transferred=True)
    half, whole, lost = receiver.told
    assert isinstance(half, Connected)
    assert isinstance(whole, Connected)
    assert half.welcome_code
    assert whole.welcome_code == ""
    assert half.key != whole.key
    assert isinstance(lost, Lost)
    assert lost.by == "member"
    assert {sent.status for sent in wecom.people.sent} == {200}


def test_an_event_that_was_not_acknowledged_comes_again_with_the_same_key(
    wecom: WeComDouble, provider: WeCom, receiver: Receiver
) -> None:
    assert wecom.listen(receiver.address)
    way = provider.put_way(WAY, None)
    receiver.broken = 2
    wecom.people.scan(way.id, "wmA")
    assert wecom.people.sent[-1][1:] == (3, 200)
    receiver.broken = 9
    wecom.people.scan(way.id, "wmB")
    assert wecom.people.sent[-1][1:] == (4, 500)  # and never again: the night's sync finds it
    assert [each.customer_ref for each in receiver.told if isinstance(each, Connected)] == ["wmA"]
    (held, missed) = provider.customers("contact", ["zhangsan"])
    assert (held.customer_ref, missed.customer_ref) == ("wmA", "wmB")


def test_an_event_stored_but_acknowledged_too_late_is_told_twice_under_one_key(
    wecom: WeComDouble, provider: WeCom, receiver: Receiver
) -> None:
    assert wecom.listen(receiver.address, post_seconds=0.2)
    way = provider.put_way(WAY, None)
    receiver.slow_seconds = 0.4
    wecom.people.scan(way.id, "wmA")
    time.sleep(0.5)
    assert receiver.posts == 4
    assert len(receiver.told) == 4
    assert len({each.key for each in receiver.told}) == 1


def test_an_address_with_another_token_or_key_is_not_taken(
    wecom: WeComDouble, receiver: Receiver
) -> None:
    url, token, key = receiver.address
    assert not wecom.listen(Address(url, "another", key))
    assert not wecom.listen(Address(url, token, key[::-1]))
    assert not wecom.listen(Address("http://127.0.0.1:9/", token, key))
    assert wecom.listen(receiver.address)
