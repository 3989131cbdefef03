"""WeCom through the functions, against a double over HTTP: a channel's whole life (A6, A7).

The double's log of that life is printed: `pytest -s tests/functions/test_wecom.py -k life`.
"""

import importlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import msgspec
import pytest

from sluice.codes import visitors
from sluice.codes.identities import channel_state
from sluice.codes.providers.protocol import Asked, Lost, Way
from sluice.codes.providers.wecom.adapter import WeCom
from sluice.codes.store import channels, later, pool, syncs, told, ways
from sluice.codes.tables import Channel, SeatItem
from sluice.codes.tables.contacts import OutsideContact
from sluice.codes.tables.syncs import Later, SyncSchedule
from sluice.organizations import store as organizations
from sluice.shared import clock
from sluice.shared.claims import ClaimItem
from sluice.shared.outbox import OutboxItem, event_of
from sluice.shared.providers import secrets, tokens
from sluice.shared.providers.failures import AbnormalAccount, RateLimited
from tests.providers.wecom_double import WeComDouble, sender
from tests.providers.wecom_double.envelope import Address
from tests.providers.wecom_double.server import APP_SECRET, CORP_ID
from tests.providers.wecom_double.state import Group
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, check_counters, issue_code, stored_channels
from tests.support.events import claims, http
from tests.support.staff import found_organization

TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SECRET = "sluice/acme/wecom"
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012"
ORG = {"organization_id": "acme"}
ACCOUNT = {
    "type": "wecom",
    "settings": {"corp_id": CORP_ID, "welcome": "Welcome!", "tags": ["et1"], "remark": True},
    "secret_reference": SECRET,
}
PUT_ACCOUNT = "PUT /organizations/{organization_id}/provider-accounts/{account_id}"
PUT_CHANNEL = "PUT /organizations/{organization_id}/channels/{channel_id}"
DELETE_CHANNEL = "DELETE /organizations/{organization_id}/channels/{channel_id}"
CALLBACK = "/callbacks/{organization_id}/{provider_account_id}"
CONSUMERS = {
    "channel.changed.v1": "codes.sync_way",
    "provider.changed.v1": "codes.follow_provider",
    "provider.told.v1": "codes.apply_callback",
}


def handler(name: str) -> Any:
    return importlib.import_module(f"functions.{name}.handler").handler


def call(name: str, route: str, **parts: Any) -> dict[str, Any]:
    answer: dict[str, Any] = handler(name)(http(route, **parts), None)
    return answer


def body(answer: dict[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(answer["body"])
    return parsed


def put_account(account_id: str = "wecom", **change: Any) -> dict[str, Any]:
    path = ORG | {"account_id": account_id}
    name = "organizations.put_provider_account"
    return call(name, PUT_ACCOUNT, path=path, body=ACCOUNT | change, claims=claims())


def put_channel(channel_id: str = "zhang", **change: Any) -> dict[str, Any]:
    given = {"kind": "contact", "name": "Zhang", "provider_ref": "zhangsan", "cap": 5}
    path = ORG | {"channel_id": channel_id}
    settings = given | {"provider": "wecom"} | change
    return call("codes.put_channel", PUT_CHANNEL, path=path, body=settings, claims=claims())


def deliver() -> list[str]:
    """Deliver what is in the outbox to its consumers; return the types of all of it."""
    types = []
    for item in items_of(OutboxItem):
        assert isinstance(item, OutboxItem)
        event = event_of(item)
        types.append(event.type)
        if event.type in CONSUMERS:
            detail = msgspec.to_builtins(event)
            handler(CONSUMERS[event.type])({"detail-type": event.type, "detail": detail}, None)
        item.delete()
    pool.forget()
    return types


def after(**time_passed: float) -> list[str]:
    """Let the schedule do what is due some time from now, and deliver what follows."""
    now = clock.now() + timedelta(**time_passed)
    syncs.start_due(now, time.monotonic() + 60)
    return deliver()


def waiting() -> list[Later]:
    """Return the events that are put off."""
    return list(Later.query("acme", Later.item.startswith("later#")))


def join(visitor: str = "v1") -> dict[str, Any]:
    given = {"visitor_token": visitors.token(visitor, CODE, clock.now())}
    return call("codes.assign_channel", "POST /s/{code}/join", path={"code": CODE}, body=given)


def channel(channel_id: str = "zhang") -> Channel:
    return channels.read_channel("acme", channel_id)


def seat() -> Any:
    (item,) = items_of(SeatItem)
    assert isinstance(item, SeatItem)
    return item.seat.current


def raising(problem: Exception) -> Any:
    def fail(*_: object) -> None:
        raise problem

    return fail


def ask(url: str, data: bytes | None, _seconds: float) -> tuple[int, str]:
    """Bring a call of the double's to the function, as the gateway does."""
    query = dict(parse_qsl(urlsplit(url).query))
    path = ORG | {"provider_account_id": "wecom"}
    headers = {"content-type": "text/xml"}
    parts: Any = {"path": path, "query": query, "headers": headers, "body": data}
    if data is None:
        answer = call("codes.answer_echo", f"GET {CALLBACK}", **parts)
    else:
        answer = call("codes.confirm_contact", f"POST {CALLBACK}", **parts)
    return int(answer["statusCode"]), str(answer["body"])


@pytest.fixture
def wecom(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeComDouble]:
    """A corporation whose callbacks reach the functions, and an organisation connected to it."""
    pool.forget()
    secrets.forget()
    tokens.tokens.cache_clear()
    with local_aws(), WeComDouble() as double:
        now = datetime.now(UTC).replace(microsecond=0)
        double.clock.seconds = now.timestamp()
        monkeypatch.setenv("WECOM_BASE_URL", double.url)
        monkeypatch.setattr(sender, "_ask", ask)
        keep_secret()
        found_organization(now)
        issue_code()
        double.people.employ("zhangsan", "lisi")
        assert put_account()["statusCode"] == 200
        assert double.listen(Address("https://s.example.com", TOKEN, AES_KEY))
        deliver()
        deliver()  # that a sync is wanted: nobody carries it out here
        SyncSchedule("acme", "schedule#wecom").delete()
        yield double


def keep_secret() -> None:
    text = json.dumps(
        {"app_secret": APP_SECRET, "callbacks": [{"token": TOKEN, "encoding_aes_key": AES_KEY}]}
    )
    secrets = boto3.client("secretsmanager")
    try:
        secrets.create_secret(Name=SECRET, SecretString=text)
    except secrets.exceptions.ResourceExistsException:
        secrets.put_secret_value(SecretId=SECRET, SecretString=text)


def test_a_whole_life(wecom: WeComDouble) -> None:
    """Way made, customer joined, added, welcomed, remarked, tagged, lost, channel removed (A7)."""
    put_channel()
    assert body(join())["type"].endswith("no-room"), "no way yet: nobody is sent there"
    deliver()
    way = channel().way_id
    answer = body(join())
    assert answer["status"] == "reserved"
    assert answer["channel"]["contact"] == {"qr_code": channel().way_url}
    assert wecom.corporation.contact_ways[way]["state"] == channel_state("acme", "zhang")

    wecom.people.scan(way, "wmA", "union-a")
    assert [sent.status for sent in wecom.people.sent] == [200]
    assert seat().status == "reserved", "stored and acknowledged, not yet applied"
    deliver()
    assert (seat().status, seat().is_inferred) == ("connected", True)
    relation = wecom.corporation.relations["zhangsan", "wmA"]
    assert (relation.remark, relation.tags) == (CODE, {"et1"})
    (welcome,) = wecom.corporation.welcomes.values()
    assert (welcome.used, welcome.text) == (True, "Welcome!")

    wecom.clock.advance(1)
    wecom.people.delete_by_customer("zhangsan", "wmA")
    deliver()
    assert (seat().status, seat().lost_by) == ("lost", "customer")
    assert int(channel().held) == 0
    path = ORG | {"channel_id": "zhang"}
    call("codes.remove_channel", DELETE_CHANNEL, path=path, claims=claims())
    deliver()
    assert way not in wecom.corporation.contact_ways
    assert wecom.calls == [
        "externalcontact/add_contact_way",
        "externalcontact/send_welcome_msg",
        "externalcontact/get",
        "externalcontact/remark",
        "externalcontact/mark_tag",
        "externalcontact/del_contact_way",
    ]
    for asked in wecom.log:
        print(f"{asked.call:<40} {asked.errcode}  {asked.given}")
    check_counters()


def test_what_is_told_twice_is_applied_once(wecom: WeComDouble) -> None:
    put_channel()
    deliver()
    join()
    wecom.people.scan(channel().way_id, "wmA")
    sent = wecom.people.sent[-1].event
    assert wecom.people.sender is not None
    assert wecom.people.sender.send(sent, wecom.corporation.now).status == 200
    assert deliver().count("provider.told.v1") == 1
    held = int(channel().held)
    assert wecom.people.sender.send(sent, wecom.corporation.now).status == 200
    assert deliver() == []
    assert int(channel().held) == held == 1
    assert len([item for item in items_of(ClaimItem) if "told" in item.key]) == 1  # type: ignore[attr-defined]


def test_nobody_else_s_callback_is_believed(wecom: WeComDouble) -> None:
    assert not wecom.listen(Address("https://s.example.com", "another", AES_KEY))
    path = ORG | {"provider_account_id": "nowhere"}
    for name, route in (("answer_echo", "GET"), ("confirm_contact", "POST")):
        answer = call(f"codes.{name}", f"{route} {CALLBACK}", path=path, body=b"<xml></xml>")
        assert answer["statusCode"] == 401
    assert deliver() == []


def test_a_secret_that_cannot_be_used_answers_401_and_alarms_once_an_hour(
    wecom: WeComDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for the next sync to hear of it (A10); a sync that ends well takes it back."""

    def told() -> list[str]:
        path = ORG | {"provider_account_id": "wecom"}
        for _ in range(2):
            answer = call(
                "codes.confirm_contact", f"POST {CALLBACK}", path=path, body=b"<xml></xml>"
            )
            assert answer["statusCode"] == 401
        return deliver()

    aws, good = boto3.client("secretsmanager"), secrets.read(SECRET)
    aws.put_secret_value(SecretId=SECRET, SecretString='{"app_secret": "x"}')
    secrets.forget()
    assert told() == ["provider.abnormal.v1"]
    problem = organizations.find_provider_account("acme", "wecom").problem
    assert "callbacks" in problem
    assert "x" not in problem.split()
    assert told() == []
    organizations.clear_problem("acme", "wecom", problem)
    assert told() == [], "this hour had its alarm"
    passed = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: passed)
    assert told() == ["provider.abnormal.v1"]
    aws.put_secret_value(SecretId=SECRET, SecretString=good)
    secrets.forget()
    syncs.want("acme", "wecom", passed, cause=syncs.OPERATOR)
    deliver_sync()
    assert organizations.find_provider_account("acme", "wecom").problem is None
    assert wecom.calls


def deliver_sync() -> None:
    """Deliver the one sync that is wanted."""
    (item,) = items_of(OutboxItem)
    assert isinstance(item, OutboxItem)
    detail = msgspec.to_builtins(event_of(item))
    handler("codes.run_sync")({"detail-type": "sync.wanted.v1", "detail": detail}, None)
    item.delete()


def test_of_several_open_reservations_none_is_guessed(wecom: WeComDouble) -> None:
    """The person takes a place, is listed for review, and leaves it again (A6)."""
    put_channel()
    deliver()
    join("v1")
    join("v2")
    wecom.people.scan(channel().way_id, "wmA")
    deliver()
    assert (int(channel().held), int(channel().outside)) == (3, 1)
    route = "GET /organizations/{organization_id}/channels/{channel_id}/outside"
    path = ORG | {"channel_id": "zhang"}
    (found,) = body(call("codes.list_outside_contacts", route, path=path, claims=claims()))["items"]
    assert (found["customer_ref"], found["status"]) == ("wmA", "connected")
    wecom.clock.advance(1)
    wecom.people.delete_by_employee("zhangsan", "wmA")
    deliver()
    assert (int(channel().held), int(channel().outside)) == (2, 0)
    check_counters()


def test_a_loss_that_overtakes_its_connection_is_a_loss(wecom: WeComDouble) -> None:
    put_channel()
    deliver()
    join()
    wecom.people.scan(channel().way_id, "wmA")
    came = [event_of(item) for item in items_of(OutboxItem)]  # type: ignore[arg-type]
    for item in items_of(OutboxItem):
        item.delete()
    wecom.clock.advance(1)
    wecom.people.delete_by_customer("zhangsan", "wmA")
    deliver()
    for event in came:
        handler("codes.apply_callback")(
            {"detail-type": event.type, "detail": msgspec.to_builtins(event)}, None
        )
    assert seat().status == "lost"
    assert (int(channel().held), int(channel().outside)) == (0, 0)
    check_counters()


def test_a_group_has_a_way_and_its_members_come_and_go(wecom: WeComDouble) -> None:
    wecom.people.found_group("wr1", "zhangsan")
    put_channel("tea", kind="group", provider_ref="wr1")
    deliver()
    join()
    wecom.people.join_group(channel("tea").way_id, "wmA")
    deliver()
    assert seat().status == "connected"
    wecom.clock.advance(1)
    wecom.people.leave_group("wr1", "wmA")
    deliver()
    assert seat().status == "lost"
    wecom.people.dismiss_group("wr1")
    deliver()
    assert channel("tea").status == "closed"


def test_a_full_group_is_followed_by_one_that_wecom_makes(
    wecom: WeComDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A10: no call makes a group, so the way says that WeCom is to; the sync reports it."""
    monkeypatch.setitem(CONSUMERS, "sync.wanted.v1", "codes.run_sync")
    wecom.corporation.groups["wr1"] = Group("wr1", "Club 1", "zhangsan")
    wecom.corporation.limits.people_per_group = 1
    put_account(settings={"corp_id": CORP_ID, "adopt": True})
    club = {"kind": "group", "provider_ref": "wr1"}
    refused = put_channel("club", **club, successor={"name": "{n}. club"})
    assert body(refused)["type"].endswith(":successor-unfit")
    assert put_channel("club", **club, successor={"name": "Club {n}"})["statusCode"] == 200
    deliver()
    way = wecom.corporation.join_ways[channel("club").way_id]
    asked = (way["auto_create_room"], way["room_base_name"], way["room_base_id"])
    assert asked == (1, "Club ", 2)
    assert wecom.people.join_group(way["config_id"], "wmA") == "wr1"
    second = wecom.people.join_group(way["config_id"], "wmB")
    assert wecom.corporation.groups[second].name == "Club 2"
    assert "sync.wanted.v1" in [kind for _ in range(3) for kind in deliver()]
    (adopted,) = (c for c in stored_channels() if c.provider_ref == second)
    assert (adopted.kind, adopted.status, adopted.cap) == ("group", "closed", 0)
    put_channel("club", **club)
    deliver()
    assert way["auto_create_room"] == 0


def test_a_rate_limit_comes_again_and_the_welcome_holds_up_nobody(wecom: WeComDouble) -> None:
    put_channel()
    wecom.fail("externalcontact/add_contact_way", "errcode", 45009)
    deliver()
    assert after(seconds=50) == []
    assert after(seconds=70) == ["channel.changed.v1"]
    assert channel().way_id
    join()
    wecom.fail("externalcontact/send_welcome_msg", "errcode", 45009)
    wecom.fail("externalcontact/remark", "errcode", 45033)
    wecom.people.scan(channel().way_id, "wmA")
    deliver()
    assert seat().status == "connected", "the seat does not wait for the remark"
    assert after(seconds=70) == ["provider.told.v1"]
    assert wecom.corporation.relations["zhangsan", "wmA"].remark == CODE
    assert waiting() == []


def test_what_the_hourly_limit_holds_up_is_told_after_the_hour(wecom: WeComDouble) -> None:
    """Lambda's retries are over after three minutes: nothing told may end there."""
    put_channel()
    deliver()
    join()
    limited = RateLimited("externalcontact/get", 45009)
    limited.retry_after_seconds = 3600
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WeCom, "identify", raising(limited))
        wecom.people.scan(channel().way_id, "wmA")
        deliver()
        (kept,) = waiting()
        assert kept.due_at - clock.now() > timedelta(minutes=59)
        assert "provider.told.v1" not in after(minutes=50)
        assert "provider.told.v1" in after(minutes=61)
        (kept,) = waiting()
        assert kept.tries == 2, "it is one item, however often it fails"
    assert "provider.told.v1" in after(hours=3)
    assert (seat().status, waiting()) == ("connected", [])


def test_what_could_not_be_told_for_a_week_goes_to_the_failure_queue(wecom: WeComDouble) -> None:
    put_channel()
    deliver()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WeCom, "identify", raising(RateLimited("externalcontact/get", 45009)))
        patch.setattr(later, "MAX_TRIES", 2)
        wecom.people.scan(channel().way_id, "wmA")
        deliver()
        after(hours=2)
        with pytest.raises(RateLimited):
            after(hours=4)


def test_who_came_to_an_employee_who_became_abnormal_has_come_all_the_same(
    wecom: WeComDouble,
) -> None:
    put_channel()
    deliver()
    join()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WeCom, "identify", raising(AbnormalAccount("externalcontact/get", 60011)))
        wecom.people.scan(channel().way_id, "wmA")
        deliver()
    assert (seat().status, channel().status) == ("connected", "closed")


def test_a_channel_that_changes_while_its_way_is_asked_for_has_the_latest(
    wecom: WeComDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two processes the slower had the provider last, with what is old by now."""
    put_channel()
    deliver()
    put_channel(name="Slow")
    (slow,) = [event_of(item) for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    put_way = WeCom.put_way
    once: list[int] = []

    def overtaken(self: WeCom, asked: Asked, way: Way | None) -> Way:
        if not once:
            once.append(1)
            put_channel(provider_ref="lisi")
            ways.bring_in_line("acme", "zhang")
        return put_way(self, asked, way)

    monkeypatch.setattr(WeCom, "put_way", overtaken)
    handler("codes.sync_way")({"detail-type": slow.type, "detail": msgspec.to_builtins(slow)}, None)
    assert wecom.corporation.contact_ways[channel().way_id]["user"] == ["lisi"]
    assert channel().way_version == channel().version


def test_a_removed_channels_way_waits_for_an_account_that_is_not_set_up(
    wecom: WeComDouble,
) -> None:
    put_channel()
    deliver()
    wecom.gate.trusted = False
    call(
        "codes.remove_channel", DELETE_CHANNEL, path=ORG | {"channel_id": "zhang"}, claims=claims()
    )
    deliver()
    wecom.gate.trusted = True
    put_account()
    deliver()
    deliver()
    assert wecom.corporation.contact_ways == {}


def test_an_abnormal_account_closes_its_channel_and_is_told_once(wecom: WeComDouble) -> None:
    wecom.people.employ("zhangsan", refused=84074)
    put_channel()
    deliver()
    assert channel().status == "closed"
    assert deliver() == ["provider.abnormal.v1"]
    wecom.people.employ("zhangsan")
    put_channel()
    deliver()
    assert (channel().status, bool(channel().way_id)) == ("open", True)


def test_an_employee_without_a_licence_loses_nobody_and_has_the_channel_closed(
    wecom: WeComDouble,
) -> None:
    """The nightly list (A9): what WeCom leaves out of it is not gone."""
    put_channel()
    deliver()
    join()
    wecom.people.scan(channel().way_id, "wmA")
    deliver()
    assert (seat().status, deliver()) == ("connected", [])
    wecom.corporation.unlicensed = {"zhangsan"}
    syncs.want("acme", "wecom", clock.now(), cause=syncs.OPERATOR, customers=True)
    deliver_sync()
    assert seat().status == "connected"
    assert channel().status == "closed"
    assert "provider.abnormal.v1" in deliver()


def test_an_account_that_is_not_set_up_says_so_until_it_is_put_again(wecom: WeComDouble) -> None:
    """Nothing is lost meanwhile, and nobody has to tell it again."""
    wecom.gate.trusted = False
    put_channel()
    put_channel("chen", provider_ref="lisi")
    for item in items_of(OutboxItem):  # of the one nothing is kept: it has to be found
        assert isinstance(item, OutboxItem)
        if event_of(item).data.get("channel_id") == "chen":
            item.delete()
    deliver()
    assert deliver().count("provider.abnormal.v1") == 1
    after(minutes=2)
    assert deliver().count("provider.abnormal.v1") == 0
    route = "GET /organizations/{organization_id}/provider-accounts/{account_id}"
    path = ORG | {"account_id": "wecom"}
    shown = body(call("organizations.put_provider_account", route, path=path, claims=claims()))
    assert "trusted IP" in shown["problem"]
    wecom.gate.trusted = True
    put_account()
    assert organizations.find_provider_account("acme", "wecom").problem is None
    told_now = deliver() + deliver()
    assert "sync.wanted.v1" in told_now + after(seconds=30), "the account is synced"
    assert channel().way_id
    assert channel("chen").way_id
    assert waiting() == []


def test_a_moved_channel_keeps_its_way_and_a_stale_way_is_not_shown(wecom: WeComDouble) -> None:
    put_channel()
    deliver()
    way = channel().way_id
    put_channel(provider_ref="lisi")
    pool.forget()
    assert body(join())["type"].endswith("no-room"), "the way still leads to the other employee"
    deliver()
    assert channel().way_id == way
    assert wecom.corporation.contact_ways[way]["user"] == ["lisi"]
    assert body(join())["status"] == "reserved"


@pytest.mark.usefixtures("wecom")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"settings": {}}, "settings"),
        ({"settings": {"corp_id": "not an id"}}, "settings"),
        ({"settings": {"corp_id": CORP_ID, "welcome": 5}}, "settings"),
        ({"secret_reference": None}, "secret_reference"),
        ({"secret_reference": "sluice/another/wecom"}, "secret_reference"),
        ({"secret_reference": "somebody-elses"}, "secret_reference"),
        (
            {"secret_reference": f"{ARN}:secret:sluice/another/x:secret:{SECRET}"},
            "secret_reference",
        ),
        ({"secret_reference": f"{SECRET}?x"}, "secret_reference"),
    ],
)
def test_an_account_that_cannot_work_is_refused(change: dict[str, Any], field: str) -> None:
    answer = put_account("other", **change)
    assert answer["statusCode"] == 400
    assert [each["field"] for each in body(answer)["fields"]] == [field]


@pytest.mark.usefixtures("wecom")
def test_a_secret_may_be_given_by_its_arn() -> None:
    assert (
        put_account("other", secret_reference=f"{ARN}:secret:{SECRET}-AbCdEf")["statusCode"] == 200
    )


@pytest.mark.usefixtures("wecom")
def test_an_account_that_only_says_who_customers_are_has_no_channels() -> None:
    settings = {"app_id": "wx1234567890abcdef"}
    assert put_account("wechat", type="wechat", settings=settings)["statusCode"] == 200
    answer = put_channel(provider="wechat")
    assert answer["statusCode"] == 400
    assert [each["field"] for each in body(answer)["fields"]] == ["provider"]


@pytest.mark.usefixtures("wecom")
def test_a_person_whom_a_callback_names_twice_is_told_once() -> None:
    at = clock.now()
    lost = Lost(key="k", at=at, kind="group", provider_ref="g", customer_ref="wmA", by="customer")
    assert told.keep("acme", "wecom", [lost, lost], at) == 1
    assert told.keep("acme", "wecom", [lost], at) == 0


@pytest.mark.usefixtures("wecom")
def test_the_answer_names_the_callback_address_and_no_secret() -> None:
    answer = body(put_account())
    assert answer["callback_url"] == "https://s.example.com/callbacks/acme/wecom"
    assert "callback_secret" not in answer
    assert not items_of(OutsideContact)
