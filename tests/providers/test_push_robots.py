"""Robots of WeCom, DingTalk and Feishu against doubles that check signatures by themselves."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

from sluice.push.providers import (
    NotTaken,
    Rejected,
    Sent,
    Unknown,
    Unreachable,
    dingtalk_robot,
    feishu_robot,
    wecom_robot,
)
from sluice.push.providers.tools import codes
from sluice.push.rules.contents import Content
from sluice.shared.errors import ConfigurationError, Invalid, Unauthenticated
from tests.providers.http_double import Answered, Asked, HttpDouble
from tests.providers.push_messages import MESSAGE, account, message, request
from tests.providers.push_secrets import REFERENCE, kept

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
SECRET = "SECthis is a secret"
SECRETS: Mapping[str, dict[str, str]] = {
    "wecom_robot": {"key": KEY},
    "dingtalk_robot": {"access_token": "66ab", "secret": SECRET},
    "feishu_robot": {"hook": KEY, "secret": SECRET},
}
ROBOTS: tuple[ModuleType, ...] = (wecom_robot, dingtalk_robot, feishu_robot)
TEXT = "Spring tea\nThe first leaves are in.\nhttps://s.example.com/l/4h7k9m2p5r8t0w3y"


def name_of(robot: ModuleType) -> str:
    return robot.__name__.rsplit(".", 1)[1]


class Groups(HttpDouble):
    """Three groups with a robot each; every answer is HTTP 200 unless a test says otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Any] = []
        self.code: int | None = None  # answered instead of taking the message

    def answer(self, asked: Asked) -> Answered:
        body = json.loads(asked.body)
        path = asked.path
        if path == "/cgi-bin/webhook/send":
            code, shown = self._wecom(asked, body), body.get("text", {}).get("content")
            said: dict[str, Any] = {"errcode": code, "errmsg": f"{KEY} said {code}"}
        elif path == "/robot/send":
            code, shown = self._dingtalk(asked), body.get("link") or body["text"]["content"]
            said = {"errcode": code, "errmsg": f"{SECRET} said {code}"}
        elif path == f"/open-apis/bot/v2/hook/{KEY}":
            code, shown = self._feishu(body), body["content"]["text"]
            said = {"code": code, "msg": f"{SECRET} said {code}", "data": {}}
        else:
            return Answered(404)
        if code == 0:
            self.shown.append(shown)
        return Answered(200, json.dumps(said).encode())

    def _wecom(self, asked: Asked, body: dict[str, Any]) -> int:
        if asked.query.get("key") != KEY:
            return 93000
        if body["msgtype"] == "text" and len(body["text"]["content"].encode()) > 2048:
            return 40058
        return self.code or 0

    def _dingtalk(self, asked: Asked) -> int:
        timestamp = asked.query["timestamp"]
        mac = hmac.new(SECRET.encode(), digestmod=hashlib.sha256)
        mac.update(timestamp.encode() + b"\n" + SECRET.encode())
        is_signed = asked.query["sign"] == base64.b64encode(mac.digest()).decode()
        is_now = abs(time.time() - int(timestamp) / 1000) < 3600
        if asked.query.get("access_token") != "66ab":
            return 300001
        return (self.code or 0) if is_signed and is_now else 310000

    def _feishu(self, body: dict[str, Any]) -> int:
        timestamp = body["timestamp"]
        mac = hmac.new(f"{timestamp}\n{SECRET}".encode(), digestmod=hashlib.sha256)
        is_signed = body["sign"] == base64.b64encode(mac.digest()).decode()
        is_now = abs(time.time() - int(timestamp)) < 3600
        return (self.code or 0) if is_signed and is_now else 19021


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> Iterator[Groups]:
    with Groups() as double:
        for provider in ("WECOM", "DINGTALK", "FEISHU"):
            monkeypatch.setenv(f"{provider}_BASE_URL", double.url)
        yield double


def send(patch: pytest.MonkeyPatch, robot: ModuleType, secret: Any = None, **given: Any) -> Sent:
    name = name_of(robot)
    with kept(patch, SECRETS[name] if secret is None else secret):
        sent: Sent = robot.send(account(name, REFERENCE), message(**given))
    return sent


@pytest.mark.parametrize("robot", ROBOTS, ids=name_of)
def test_a_robot_writes_to_its_group_signed(
    groups: Groups, monkeypatch: pytest.MonkeyPatch, robot: ModuleType
) -> None:
    assert send(monkeypatch, robot) == Sent(None)
    card = {
        "title": MESSAGE.content.title,
        "text": MESSAGE.content.body,
        "messageUrl": MESSAGE.link,
    }
    assert groups.shown == [card if robot is dingtalk_robot else TEXT]


@pytest.mark.parametrize("robot", ROBOTS, ids=name_of)
def test_without_a_link_it_is_text(
    groups: Groups, monkeypatch: pytest.MonkeyPatch, robot: ModuleType
) -> None:
    send(monkeypatch, robot, link=None)
    assert groups.shown == ["Spring tea\nThe first leaves are in."]


def test_a_long_text_is_cut_between_characters_and_keeps_its_link(
    groups: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(monkeypatch, wecom_robot, content=Content("春", "茶" * 2000))
    (shown,) = groups.shown
    assert shown.startswith("春\n茶")
    assert shown.endswith(f"茶…\n{MESSAGE.link}")
    assert 2040 < len(shown.encode()) <= 2048


SAID: list[tuple[ModuleType, int, type[NotTaken], int | None]] = [
    (wecom_robot, 93000, Unreachable, None),
    (wecom_robot, 45009, Unreachable, 60),
    (wecom_robot, 45033, Unreachable, 5),
    (wecom_robot, -1, Unknown, None),
    (wecom_robot, 40058, Rejected, None),
    (dingtalk_robot, 300001, Unreachable, None),
    (dingtalk_robot, 310000, Unreachable, None),
    (dingtalk_robot, 130101, Unreachable, 60),
    (dingtalk_robot, 410100, Unreachable, 60),
    (dingtalk_robot, 430104, Rejected, None),
    (dingtalk_robot, -1, Unknown, None),
    (feishu_robot, 19021, Unreachable, None),
    (feishu_robot, 11232, Unreachable, 60),
    (feishu_robot, 9499, Unreachable, 60),
    (feishu_robot, 11246, Rejected, None),
]


@pytest.mark.parametrize("said", SAID, ids=lambda said: f"{name_of(said[0])} {said[1]}")
def test_a_code_inside_http_200_is_a_failure_and_says_which(
    groups: Groups,
    monkeypatch: pytest.MonkeyPatch,
    said: tuple[ModuleType, int, type[NotTaken], int | None],
) -> None:
    robot, code, kind, seconds = said
    groups.code = code
    with pytest.raises(NotTaken) as caught:
        send(monkeypatch, robot)
    assert type(caught.value) is kind
    assert str(code) in str(caught.value)
    assert not any(part in str(caught.value) for part in (KEY, SECRET, "said"))
    assert getattr(caught.value, "retry_after_seconds", None) == seconds
    assert groups.shown == []


def test_feishus_code_counts_with_other_statuses_too(
    groups: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups.fault = Answered(400, b'{"code": 11232, "msg": "frequency limited", "data": {}}')
    with pytest.raises(Unreachable, match="11232"):
        send(monkeypatch, feishu_robot)


@pytest.mark.parametrize("robot", [dingtalk_robot, feishu_robot], ids=name_of)
def test_a_wrong_secret_is_the_accounts_trouble(
    groups: Groups, monkeypatch: pytest.MonkeyPatch, robot: ModuleType
) -> None:
    with pytest.raises(Unreachable, match=r"enter the secret again|security setting"):
        send(monkeypatch, robot, SECRETS[name_of(robot)] | {"secret": "another"})
    assert groups.shown == []


@pytest.mark.parametrize("robot", ROBOTS, ids=name_of)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Answered(429, b"{}", (("Retry-After", "7"),)), Unreachable),
        (Answered(403, b""), Unreachable),
        (Answered(302, b"", (("Location", "/cgi-bin/elsewhere"),)), Unreachable),
        (Answered(500, b"oops"), Unknown),
        (Answered(200, b"<html>busy</html>"), Unknown),
        (Answered(200, b"{}"), Unknown),
        ("cut", Unknown),
    ],
)
def test_what_http_says_of_a_message(
    groups: Groups,
    monkeypatch: pytest.MonkeyPatch,
    robot: ModuleType,
    fault: Answered | str,
    kind: type[NotTaken],
) -> None:
    groups.fault = fault
    with pytest.raises(kind) as caught:
        send(monkeypatch, robot)
    assert not any(part in str(caught.value) for part in (KEY, SECRET, "127.0.0.1"))
    assert len(groups.asked) == 1


@pytest.mark.parametrize("robot", ROBOTS, ids=name_of)
def test_a_refused_connection_left_nothing(
    monkeypatch: pytest.MonkeyPatch, robot: ModuleType
) -> None:
    for provider in ("WECOM", "DINGTALK", "FEISHU"):
        monkeypatch.setenv(f"{provider}_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(Unreachable):
        send(monkeypatch, robot)


@pytest.mark.parametrize("robot", ROBOTS, ids=name_of)
@pytest.mark.parametrize("secret", ["", "no json", "[]", '{"key": 7}'])
def test_a_secret_that_cannot_be_used_says_so_without_showing_it(
    groups: Groups, monkeypatch: pytest.MonkeyPatch, robot: ModuleType, secret: str
) -> None:
    with pytest.raises(Unreachable, match="secret must be JSON"):
        send(monkeypatch, robot, secret)
    with pytest.raises(Unreachable, match="secret_reference"), kept(monkeypatch, secret):
        robot.send(account(name_of(robot)), MESSAGE)
    assert groups.asked == []


@pytest.mark.parametrize("robot", ROBOTS, ids=name_of)
def test_an_account_needs_a_secret_of_its_organisation(robot: ModuleType) -> None:
    robot.check_account("acme", {}, REFERENCE)
    for wrong in (None, "", "sluice/other/x", "elsewhere"):
        with pytest.raises(Invalid, match="sluice/acme/"):
            robot.check_account("acme", {}, wrong)


def test_lark_is_feishu_elsewhere() -> None:
    feishu_robot.check_account("acme", {"region": "lark"}, REFERENCE)
    with pytest.raises(Invalid, match="region"):
        feishu_robot.check_account("acme", {"region": "moon"}, REFERENCE)


def test_an_api_is_called_over_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECOM_BASE_URL", "http://example.com")
    with pytest.raises(ConfigurationError):
        send(monkeypatch, wecom_robot)


@pytest.mark.parametrize("robot", ROBOTS, ids=name_of)
def test_nobody_sends_a_robots_receipts(robot: ModuleType) -> None:
    asked = request(b"{}")
    with pytest.raises(Unauthenticated):
        robot.authenticate(account(name_of(robot)), asked)
    assert robot.parse(account(name_of(robot)), asked) == []
    assert robot.reply(account(name_of(robot)), asked) is None


def test_no_code_says_two_things() -> None:
    for robot in ROBOTS:
        known: codes.Codes = robot.CODES
        groups_of_codes = [set(known.account), set(known.limits), set(known.unsure)]
        assert sum(map(len, groups_of_codes)) == len(set().union(*groups_of_codes))
