"""The client against the double over HTTP (A7): every call, every error, no secret in sight."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sluice.codes.providers.wecom import customers, groups, ways
from sluice.codes.providers.wecom.accounts import Account, Secret
from sluice.codes.providers.wecom.client import Client
from sluice.codes.providers.wecom.ways import ContactWay, JoinWay
from sluice.shared.providers.failures import (
    AbnormalAccount,
    Misconfigured,
    NotThere,
    ProviderFailure,
    RateLimited,
    Rejected,
    TokenExpired,
    TooLate,
    Unavailable,
)
from sluice.shared.providers.tokens import Tokens
from sluice.shared.providers.transport import Http
from tests.providers.conftest import ACCOUNT
from tests.providers.wecom_double import WeComDouble
from tests.providers.wecom_double.server import APP_SECRET

WAY = ContactWay(user_id="zhangsan", state="channel-key", remark="Window 3")
CODE = "externalcontact/get_follow_user_list"  # a call without input, for what any call may meet


def add(wecom: WeComDouble, client: Client, external: str = "wmA", unionid: str = "") -> str:
    """Let a customer come through a new way of zhangsan's; return the welcome code."""
    made = ways.add_contact_way(client, WAY)
    wecom.people.scan(made.config_id, external, unionid)
    return list(wecom.corporation.welcomes)[-1]


def test_a_contact_way_is_made_changed_and_deleted(wecom: WeComDouble, client: Client) -> None:
    made = ways.add_contact_way(client, WAY)
    assert made.qr_code.startswith("https://")
    kept = wecom.corporation.contact_ways[made.config_id]
    assert (kept["type"], kept["scene"], kept["user"]) == (1, 2, ["zhangsan"])
    assert (kept["state"], kept["remark"]) == ("channel-key", "Window 3")
    other = ContactWay(user_id="lisi", state="channel-key", skip_verify=False)
    ways.update_contact_way(client, made.config_id, other)
    assert kept["user"] == ["lisi"]
    assert kept["skip_verify"] is False
    ways.del_contact_way(client, made.config_id)
    with pytest.raises(NotThere):
        ways.del_contact_way(client, made.config_id)
    with pytest.raises(NotThere):
        ways.update_contact_way(client, made.config_id, other)


def test_a_join_way_is_made_read_changed_and_deleted(wecom: WeComDouble, client: Client) -> None:
    for chat_id in ("wr1", "wr2"):
        wecom.people.found_group(chat_id, "zhangsan")
    way = JoinWay(chat_ids=["wr1"], state="channel-key", remark="Group 1")
    config_id = ways.add_join_way(client, way)
    found = ways.get_join_way(client, config_id)
    assert (found.chat_id_list, found.auto_create_room) == (("wr1",), 0)
    assert found.qr_code.startswith("https://")
    growing = JoinWay(
        chat_ids=["wr1", "wr2"],
        state="channel-key",
        auto_create=True,
        room_base_name="Tea " * 20,
        room_base_id=7,
    )
    ways.update_join_way(client, config_id, growing)
    changed = ways.get_join_way(client, config_id)
    assert (changed.chat_id_list, changed.auto_create_room) == (("wr1", "wr2"), 1)
    assert (len(changed.room_base_name), changed.room_base_id) == (40, 7)
    ways.del_join_way(client, config_id)
    with pytest.raises(NotThere):
        ways.get_join_way(client, config_id)
    with pytest.raises(NotThere):
        ways.add_join_way(client, JoinWay(chat_ids=["wr9"], state="s"))


def test_what_wecom_would_not_take_is_not_sent(wecom: WeComDouble, client: Client) -> None:
    for state in ("", "x" * 31):
        with pytest.raises(ValueError, match="state"):
            ways.add_contact_way(client, ContactWay(user_id="zhangsan", state=state))
    for chats in ([], ["wr"] * 6):
        with pytest.raises(ValueError, match="groups"):
            ways.add_join_way(client, JoinWay(chat_ids=chats, state="s"))
    with pytest.raises(ValueError, match="welcome"):
        customers.send_welcome(client, "code", "x" * 4_001)
    with pytest.raises(ValueError, match="welcome"):
        customers.send_welcome(client, "code", "", [{}] * 10)
    with pytest.raises(ValueError, match="tags"):
        customers.mark_tag(client, "zhangsan", "wmA", add=["t"] * 101)
    customers.mark_tag(client, "zhangsan", "wmA")  # nothing to do
    assert wecom.log == []


def test_a_long_remark_is_cut_to_what_wecom_takes(wecom: WeComDouble, client: Client) -> None:
    made = ways.add_contact_way(client, ContactWay(user_id="lisi", state="s", remark="茶" * 50))
    assert len(wecom.corporation.contact_ways[made.config_id]["remark"]) == 30
    add(wecom, client)
    customers.remark(client, "zhangsan", "wmA", "茶" * 50, "note" * 50)
    relation = wecom.corporation.relations["zhangsan", "wmA"]
    assert (len(relation.remark), len(relation.description)) == (20, 150)


def test_a_customer_is_read_with_unionid_and_who_has_them(
    wecom: WeComDouble, client: Client
) -> None:
    add(wecom, client, "wmA", unionid="o-union")
    found = customers.get_customer(client, "wmA")
    assert found.external_contact.unionid == "o-union"
    assert [(f.userid, f.state) for f in found.follow_user] == [("zhangsan", "channel-key")]
    assert found.follow_user[0].createtime == wecom.corporation.now
    with pytest.raises(NotThere):
        customers.get_customer(client, "wmNobody")


def test_a_customer_of_many_employees_comes_in_pages(wecom: WeComDouble, client: Client) -> None:
    wecom.limits.follow_page = 1
    for user_id in ("zhangsan", "lisi"):
        made = ways.add_contact_way(client, ContactWay(user_id=user_id, state=user_id))
        wecom.people.scan(made.config_id, "wmA")
    first = customers.get_customer(client, "wmA")
    second = customers.get_customer(client, "wmA", first.next_cursor)
    users = [follow.userid for page in (first, second) for follow in page.follow_user]
    assert users == ["zhangsan", "lisi"]
    assert second.next_cursor == ""


def test_all_customers_of_all_employees_are_listed_in_pages(
    wecom: WeComDouble, client: Client
) -> None:
    """The nightly reconciliation (A9): 250 rows are three requests."""
    made = ways.add_contact_way(client, WAY)
    for number in range(250):
        wecom.people.scan(made.config_id, f"wm{number}")
    rows = list(customers.customers_of(client, ["zhangsan", "lisi"]))
    assert {row.external_contact.external_userid for row in rows} == {
        f"wm{number}" for number in range(250)
    }
    assert {row.follow_info.userid for row in rows} == {"zhangsan"}
    assert wecom.calls.count("externalcontact/batch/get_by_user") == 3


def test_more_than_a_hundred_employees_are_asked_in_batches(
    wecom: WeComDouble, client: Client
) -> None:
    names = [f"user{number}" for number in range(201)]
    wecom.people.employ(*names)
    made = ways.add_contact_way(client, ContactWay(user_id="user200", state="s"))
    wecom.people.scan(made.config_id, "wmA")
    assert [row.follow_info.userid for row in customers.customers_of(client, names)] == ["user200"]
    asked = [a.given["userid_list"] for a in wecom.log if a.call.endswith("get_by_user")]
    assert [len(users) for users in asked] == [100, 100, 1]


def test_an_employee_without_customers_has_an_empty_list(client: Client) -> None:
    """WeCom answers 84061 for it, as for a customer who is none."""
    assert list(customers.customers_of(client, ["lisi"])) == []
    with pytest.raises(NotThere):
        list(customers.customers_of(client, ["nobody"]))


@pytest.mark.parametrize("asked", [["zhangsan"], ["zhangsan", "lisi"]])
def test_a_list_that_leaves_out_an_employee_without_a_licence_is_not_believed(
    wecom: WeComDouble, client: Client, asked: list[str]
) -> None:
    """WeCom says so beside a list that is answered like any other."""
    made = ways.add_contact_way(client, WAY)
    wecom.people.scan(made.config_id, "wmA")
    wecom.corporation.unlicensed = {"zhangsan"}
    with pytest.raises(AbnormalAccount) as abnormal:
        list(customers.customers_of(client, asked))
    assert abnormal.value.code == 701008
    assert list(customers.customers_of(client, ["lisi"])) == []


def test_employees_with_the_right_are_listed(wecom: WeComDouble, client: Client) -> None:
    wecom.people.employ("wangwu", refused=84074)
    assert customers.follow_users(client) == ("zhangsan", "lisi")


def test_groups_are_listed_in_pages_and_read(wecom: WeComDouble, client: Client) -> None:
    for number in range(3):
        wecom.people.found_group(f"wr{number}", "zhangsan")
    first = groups.group_page(client, limit=2)
    assert [row.chat_id for row in first.group_chat_list] == ["wr0", "wr1"]
    rest = groups.group_page(client, first.next_cursor, limit=2)
    assert [row.chat_id for row in rest.group_chat_list] == ["wr2"]
    assert [row.chat_id for row in groups.all_groups(client)] == ["wr0", "wr1", "wr2"]
    config_id = ways.add_join_way(client, JoinWay(chat_ids=["wr0"], state="group-key"))
    wecom.people.join_group(config_id, "wmA", unionid="o-union")
    members = groups.get_group(client, "wr0").member_list
    assert [(m.userid, m.type, m.state, m.unionid) for m in members] == [
        ("zhangsan", 1, "", ""),
        ("wmA", groups.CUSTOMER, "group-key", "o-union"),
    ]
    with pytest.raises(NotThere):
        groups.get_group(client, "wr9")


def test_a_welcome_is_sent_once_and_within_twenty_seconds(
    wecom: WeComDouble, client: Client
) -> None:
    code = add(wecom, client)
    wecom.clock.advance(20)
    file = {"msgtype": "file", "file": {"media_id": "m"}}
    customers.send_welcome(client, code, "Welcome", [file])
    assert wecom.corporation.welcomes[code].text == "Welcome"
    with pytest.raises(TooLate) as twice:
        customers.send_welcome(client, code, "Welcome")
    assert twice.value.code == 41051
    late = add(wecom, client, "wmB")
    wecom.clock.advance(20.1)
    with pytest.raises(TooLate) as too_late:
        customers.send_welcome(client, late, "Welcome")
    assert too_late.value.code == 41050
    talking = add(wecom, client, "wmC")
    wecom.people.chat(talking)
    with pytest.raises(TooLate):
        customers.send_welcome(client, talking, "Welcome")


def test_tags_are_put_on_and_taken_off(wecom: WeComDouble, client: Client) -> None:
    add(wecom, client)
    customers.mark_tag(client, "zhangsan", "wmA", add=["t1", "t2"])
    customers.mark_tag(client, "zhangsan", "wmA", add=["t3"], remove=["t1"])
    assert wecom.corporation.relations["zhangsan", "wmA"].tags == {"t2", "t3"}
    with pytest.raises(NotThere):
        customers.mark_tag(client, "lisi", "wmA", add=["t1"])
    with pytest.raises(NotThere):
        customers.remark(client, "zhangsan", "wmNobody", "x")


@pytest.mark.parametrize("code", [40098, 41054, 60011, 84074])
def test_an_employee_who_cannot_have_customers_is_an_abnormal_account(
    wecom: WeComDouble, client: Client, code: int
) -> None:
    """A10: the channel closes and operators are alarmed."""
    wecom.people.employ("wangwu", refused=code)
    with pytest.raises(AbnormalAccount) as abnormal:
        ways.add_contact_way(client, ContactWay(user_id="wangwu", state="s"))
    assert abnormal.value.code == code
    assert "The employee" in str(abnormal.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (40013, Misconfigured),
        (48002, Misconfigured),
        (50003, Misconfigured),
        (301002, Misconfigured),
        (40003, NotThere),
        (60111, NotThere),
        (40096, NotThere),
        (41044, NotThere),
        (84061, NotThere),
        (41050, TooLate),
        (-1, Unavailable),
        (40058, Rejected),
        (999_999, Rejected),
    ],
)
def test_an_errcode_is_a_failure_of_its_kind_though_http_says_200(
    wecom: WeComDouble, client: Client, code: int, kind: type[ProviderFailure]
) -> None:
    wecom.fail(CODE, "errcode", code)
    with pytest.raises(ProviderFailure) as failed:
        customers.follow_users(client)
    assert type(failed.value) is kind
    assert (failed.value.code, failed.value.call) == (code, CODE)
    assert wecom.calls == [CODE]  # nothing is tried again by itself


def test_an_untrusted_address_says_which_to_enter(wecom: WeComDouble, client: Client) -> None:
    wecom.gate.trusted = False
    with pytest.raises(Misconfigured, match=r"trusted IP of the app \(203\.0\.113\.7\)"):
        customers.follow_users(client)
    wecom.gate.trusted = True
    wecom.fail(CODE, "errcode", 60020, message="from ip: 999.1.1.1 and 1.2.3")
    with pytest.raises(Misconfigured, match=r"trusted IP of the app\."):
        customers.follow_users(client)


def test_too_many_calls_in_a_minute_say_how_long_to_wait(
    wecom: WeComDouble, client: Client
) -> None:
    wecom.limits.calls_per_minute = 3
    for _ in range(3):
        customers.follow_users(client)
    for _ in range(2):
        with pytest.raises(RateLimited) as limited:
            customers.follow_users(client)
        assert (limited.value.code, limited.value.retry_after_seconds) == (45009, 60)
    wecom.clock.advance(61)
    assert customers.follow_users(client) == ("zhangsan", "lisi")


@pytest.mark.parametrize(
    ("code", "message", "seconds"),
    [
        (45009, "api freq out of limit", 60),
        (45009, "api freq out of limit per hour", 3600),
        (45009, "blocked for 60 min", 3600),
        (45033, "api concurrent out of limit", 5),
    ],
)
def test_each_rate_limit_has_its_wait(
    wecom: WeComDouble, client: Client, code: int, message: str, seconds: int
) -> None:
    wecom.fail(CODE, "errcode", code, message=message)
    with pytest.raises(RateLimited) as limited:
        customers.follow_users(client)
    assert limited.value.retry_after_seconds == seconds


def test_when_all_ways_are_used_none_is_made(wecom: WeComDouble, client: Client) -> None:
    """Contact ways and join ways count together."""
    wecom.limits.ways = 2
    wecom.people.found_group("wr1", "zhangsan")
    ways.add_contact_way(client, WAY)
    ways.add_join_way(client, JoinWay(chat_ids=["wr1"], state="s"))
    with pytest.raises(Rejected):
        ways.add_contact_way(client, WAY)
    assert len(wecom.corporation.contact_ways) == 1


@pytest.mark.parametrize("status", [301, 302, 404, 429, 500, 502, 503])
def test_any_status_but_200_is_unavailable_and_no_redirect_is_followed(
    wecom: WeComDouble, client: Client, status: int
) -> None:
    wecom.fail(CODE, "status", status)
    with pytest.raises(Unavailable) as failed:
        customers.follow_users(client)
    assert failed.value.code == status
    assert all("elsewhere" not in asked.call for asked in wecom.log)
    assert customers.follow_users(client) == ("zhangsan", "lisi")


@pytest.mark.parametrize("kind", ["cut", "garbage", "huge", "lost"])
def test_an_answer_that_breaks_is_unavailable(
    wecom: WeComDouble, client: Client, kind: Any
) -> None:
    wecom.fail(CODE, kind)
    with pytest.raises(Unavailable):
        customers.follow_users(client)
    assert customers.follow_users(client) == ("zhangsan", "lisi")


def test_a_lost_answer_may_have_been_done(wecom: WeComDouble, client: Client) -> None:
    """So a way is made by who can find it again, or is recounted: never blindly twice."""
    wecom.fail("externalcontact/add_contact_way", "lost")
    with pytest.raises(Unavailable):
        ways.add_contact_way(client, WAY)
    assert len(wecom.corporation.contact_ways) == 1


def test_an_answer_that_takes_too_long_is_unavailable(wecom: WeComDouble, client: Client) -> None:
    wecom.fail(CODE, "slow", 1.5)
    with pytest.raises(Unavailable, match="Timeout"):
        customers.follow_users(client)


def test_nobody_there_is_unavailable(aws: None) -> None:  # noqa: ARG001 - its tables
    client = Client(ACCOUNT, Tokens(), Http("http://127.0.0.1:9/cgi-bin/", connect_seconds=1))
    with pytest.raises(Unavailable):
        customers.follow_users(client)


def test_an_answer_of_another_shape_is_unavailable(wecom: WeComDouble, client: Client) -> None:
    wecom.corporation.join_ways["odd"] = {"config_id": 5}
    with pytest.raises(Unavailable):
        ways.get_join_way(client, "odd")


def test_a_token_is_fetched_once_for_many_calls(wecom: WeComDouble, client: Client) -> None:
    for _ in range(3):
        customers.follow_users(client)
    assert wecom.gate.fetches == 1


def test_each_life_of_a_token_costs_one_fetch(wecom: WeComDouble, aws: None) -> None:  # noqa: ARG001
    """WeCom answers the same token until its end, so nobody asks before it."""

    def now() -> datetime:
        return datetime.fromtimestamp(wecom.clock.seconds, UTC)

    client = Client(ACCOUNT, Tokens(now), Http(f"{wecom.url}/cgi-bin/"))
    for _ in range(3 * 72):  # six hours, a call each hundred seconds
        customers.follow_users(client)
        wecom.clock.advance(100)
    assert wecom.gate.fetches == 3
    assert {asked.errcode for asked in wecom.log} == {0}


@pytest.mark.parametrize("end", ["early", "late"])
def test_a_dead_token_is_replaced_and_the_call_made_again(
    wecom: WeComDouble, client: Client, end: str
) -> None:
    """40014 for one that died early, 42001 for one WeCom's clock has ended."""
    customers.follow_users(client)
    if end == "early":
        wecom.gate.kill_tokens()
    else:
        wecom.clock.advance(7_201)
    assert customers.follow_users(client) == ("zhangsan", "lisi")
    assert wecom.gate.fetches == 2
    refused = [asked.errcode for asked in wecom.log if asked.errcode]
    assert refused == [40014 if end == "early" else 42001]


def test_a_token_called_dead_twice_is_not_fetched_for_ever(
    wecom: WeComDouble, client: Client
) -> None:
    wecom.fail(CODE, "errcode", 40014, times=9)
    with pytest.raises(TokenExpired):
        customers.follow_users(client)
    assert wecom.gate.fetches == 2
    assert wecom.calls == [CODE, CODE]


def test_a_wrong_secret_or_corporation_says_so(wecom: WeComDouble, aws: None) -> None:  # noqa: ARG001
    for corp_id, secret in ((ACCOUNT.corp_id, "wrong-secret"), ("wwother", APP_SECRET)):
        account = Account("acme", "wecom", corp_id, Secret(secret, ACCOUNT.secret.callbacks))
        client = Client(account, Tokens(), Http(f"{wecom.url}/cgi-bin/"))
        with pytest.raises(Misconfigured, match="secret is wrong"):
            customers.follow_users(client)


def test_no_token_secret_or_person_is_in_a_message_or_a_log(
    wecom: WeComDouble, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where somebody turns debugging on: urllib3 would log whole addresses."""
    caplog.set_level(logging.DEBUG)
    said = []
    failing: list[Callable[[], object]] = [
        lambda: customers.get_customer(client, "wmNobody"),
        lambda: ways.add_contact_way(client, ContactWay(user_id="nobody", state="s")),
        lambda: customers.follow_users(client),
    ]
    wecom.fail(CODE, "cut")
    for ask in failing:
        with pytest.raises(ProviderFailure) as failed:
            ask()
        said.append(str(failed.value) + repr(failed.value))
        assert failed.value.__cause__ is None
        assert failed.value.__suppress_context__ or failed.value.__context__ is None
    token = next(iter(wecom.gate._past))
    seen = "\n".join([*said, *(record.getMessage() for record in caplog.records)])
    for hidden in (token, APP_SECRET, "wmNobody", "nobody", "access_token"):
        assert hidden not in seen
    assert APP_SECRET not in repr(ACCOUNT)
