"""Signups, from the page to the reward, through the handlers (B4, B5, B6)."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from functions.campaigns.follow_events.handler import handler as follow_events
from functions.codes.handle_scan.handler import handler as scan
from functions.codes.put_code.handler import handler as put_code
from sluice.campaigns.rules.campaigns import Campaign, Reward
from sluice.campaigns.store import campaigns, publishing, signups
from sluice.campaigns.tables import Signup
from sluice.codes.store import channels
from sluice.codes.tables import SeatItem, Visit
from sluice.organizations import person_keys
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import programmes
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, check_counters, issue_code
from tests.support.events import ORGANIZATION, claims, http
from tests.support.rewards import assert_books_balance, balance_of, rewards
from tests.support.signups import (
    ANSWERS,
    REWARD,
    SHOW,
    SIGN_UP,
    SIGNUPS,
    ask,
    assert_counters_equal_a_recount,
    begin,
    cookie_of,
    forget,
    judge,
    personal,
    sign_up,
    signed_up,
    token_of,
    told,
)
from tests.support.staff import found_organization

BROWSER = {"accept": "text/html", "accept-language": "zh-CN"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    forget()
    with local_aws():
        found_organization(clock.now())
        yield
    forget()


def show(code: str, visitor: str = "", **headers: str) -> tuple[int, Any, dict[str, str]]:
    given = {"accept": "application/json"} | headers
    if visitor:
        given["cookie"] = cookie_of(visitor)
    return ask("campaigns/show_signup", http(SHOW, path={"code": code}, headers=given))


def listed(who: str = "boss", **query: str) -> tuple[int, Any, dict[str, str]]:
    path = {"organization_id": ORGANIZATION, "campaign_id": "spring"}
    caller = claims("operator" if who == "boss" else "member", who)
    return ask(
        "campaigns/read_signups", http(f"GET {SIGNUPS}", path=path, query=query, claims=caller)
    )


def events(event_type: str) -> list[dict[str, Any]]:
    found = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    return [json.loads(item.data) for item in found if item.type == event_type]


def test_a_customer_signs_up_once_and_keeps_their_salesperson() -> None:
    """B4, B5: the member is told at once, and of nothing that the customer wrote."""
    code = begin()
    status, page, headers = show(code)
    assert (status, page["stage"], page.get("contact")) == (200, "asks", None)
    assert [each["name"] for each in page["form"]] == ["name", "phone", "day"]
    assert headers["Set-Cookie"].startswith("sluice_visitor=")
    status, made = sign_up(code, visitor_token=page["visitor_token"])
    assert status == 201, made
    assert made["contact"]["name"] in {"c-zhou", "c-mei"}
    assert made["contact"]["qr_svg"].startswith("<svg")
    again = sign_up(code, visitor_token=page["visitor_token"], answers=ANSWERS | {"name": "B"})
    assert again == (200, made)
    (signup,) = signed_up()
    assert signup.salesperson_id == made["contact"]["name"].removeprefix("c-")
    assert (signup.member_id, signup.code) == ("lin", code)
    ((answers,), (person,)) = personal()
    assert answers.answers == ANSWERS | {"phone": "+8613800000011"}
    assert answers.expires > clock.now() + timedelta(days=200)
    assert person.item == f"spring#{signup.customer_id}"
    (notice,) = told()
    assert notice["user_id"] == "lin"
    assert notice["content"]["link"].startswith("https://s.example.com/c/")
    (event,) = events("signup.made.v1")
    assert event["salesperson_id"] == signup.salesperson_id
    outbox = str([item.serialize() for item in items_of(OutboxItem)])
    assert not [word for word in ("王梅", "13800000011", "Sat") if word in outbox]
    assert_counters_equal_a_recount()
    check_counters()


def test_two_customers_are_two_and_one_of_them_twice_at_once_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = begin()
    make = signups.make

    def twice(made: Any, now: Any) -> tuple[Signup, bool]:
        make(made, now)
        return make(made, now)  # as the other call's, a moment later

    monkeypatch.setattr(signups, "make", twice)
    assert sign_up(code)[0] == 200
    monkeypatch.undo()
    assert [sign_up(code, visitor)[0] for visitor in ("v1", "v2")] == [200, 201]
    assert len(signed_up()) == 2
    assert len(told()) == 2
    assert_counters_equal_a_recount()


def test_what_is_wrong_is_named_and_nothing_is_stored() -> None:
    code = begin()
    wrong: list[tuple[dict[str, Any], list[str]]] = [
        ({"consent": False}, ["consent"]),
        (
            {"answers": {"phone": "12", "day": "Mon", "age": "3"}},
            ["answers.age", "answers.name", "answers.phone", "answers.day"],
        ),
        ({"visitor_token": "forged"}, ["visitor_token"]),
        ({"visitor_token": None}, ["visitor_token"]),
        ({"answers": {"Name": "x"}}, ["answers"]),
        ({"answers": {"name": "x" * 1001}}, ["answers[...]"]),
        ({"surprise": 1}, ["body"]),
    ]
    for changes, fields in wrong:
        status, answer = sign_up(code, **changes)
        assert (status, [each["field"] for each in answer["fields"]]) == (400, fields)
    assert not signed_up()
    assert not items_of(SeatItem)


def test_without_its_script_the_page_takes_a_form_and_shows_the_contact() -> None:
    """B4: what is wrong is told in the page, with what was written; nobody's HTML is taken."""
    code = begin(
        landing={"headline": "<b>Spring</b>", "text": "Music & tea"}, title="春游 <script>"
    )
    status, page, headers = show(code, **BROWSER)
    assert status == 200
    assert "&lt;b&gt;Spring&lt;/b&gt;" in page
    assert "<script>" not in page.replace("<script nonce", "")
    assert 'name="answer.name" required' in page
    assert 'data-joins="yes"' in page
    assert 'property="og:title"' in page
    policy = headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert "default-src 'none'" in policy

    def send(**answers: str) -> tuple[int, Any, dict[str, str]]:
        given = {"visitor_token": token_of(code), "consent": "yes"}
        given |= {f"answer.{name}": text for name, text in answers.items()}
        raw = urlencode(given).encode()
        return ask(
            "campaigns/sign_up",
            http(SIGN_UP, path={"code": code}, body=raw, headers=BROWSER | FORM),
        )

    status, page, _ = send(name='"><i>', phone="12")
    assert status == 400
    assert '请检查：<a href="#answer.phone">Phone</a>' in page
    assert 'aria-invalid="true" aria-describedby="answer.phone.wrong"' in page
    assert '<p class="wrong" id="answer.phone.wrong">请输入有效的手机号码。</p>' in page
    assert 'value="&quot;&gt;&lt;i&gt;"' in page
    assert not signed_up()
    status, page, _ = send(**ANSWERS)
    assert status == 201
    assert "报名成功" in page
    assert 'src="data:image/png;base64,' in page
    assert 'data-joins=""' in page
    assert "13800000011" not in page
    status, page, _ = show(code, "v1", **BROWSER)
    assert "报名成功" in page
    raw = b"answer.name=%ff%fe&" + b"&".join(b"a%d=1" % number for number in range(40))
    event = http(SIGN_UP, path={"code": code}, body=raw, headers=FORM)
    assert ask("campaigns/sign_up", event)[0] == 400


def test_known_customers_are_shown_their_salesperson_again() -> None:
    """B4: sticky, also without a script, and whoever signed up is not asked again."""
    code = begin()
    _, made = sign_up(code)
    _, page, _ = show(code, "v1")
    assert (page["stage"], page["contact"]) == ("done", made["contact"])
    assert show(code, "v2")[1]["stage"] == "asks"


def test_before_the_start_and_after_the_end_nobody_signs_up() -> None:
    now = clock.now()
    soon: dict[str, Any] = {"starts_at": (now + timedelta(days=1)).isoformat()}
    code = begin(**soon)
    assert show(code)[1]["stage"] == "soon"
    assert sign_up(code)[1]["type"].endswith("campaign-not-open")
    status, page, _ = show(code, **BROWSER)
    assert (status, "报名尚未开始" in page, "<form" in page) == (200, True, True)
    code = begin("ended", status="ended")
    assert (show(code)[1]["stage"], sign_up(code)[0]) == ("over", 409)
    code = begin("over", ends_at=(now - timedelta(hours=1)).isoformat())
    assert (show(code)[1]["stage"], sign_up(code)[0]) == ("over", 410)
    status, page, _ = show(code, **BROWSER)
    assert (status, "报名已结束" in page) == (200, True)
    route = "GET /s/{code}"
    scanned: Any = scan(http(route, path={"code": code}, headers=BROWSER), None)
    assert scanned["headers"]["Location"] == f"https://s.example.com/s/{code}/signup"
    app = {"accept": "application/json"}
    scanned = scan(http(route, path={"code": code}, headers=app), None)
    assert (scanned["statusCode"], "code-gone" in scanned["body"]) == (410, True)
    issue_code()
    assert show(CODE)[0] == 404  # a code of no campaign
    assert show("W7KQ2XNB9RTD")[0] == 404


def test_without_room_nothing_is_stored_and_the_form_comes_back() -> None:
    code = begin(cap=1)
    assert [sign_up(code, visitor)[0] for visitor in ("v1", "v2")] == [201, 201]
    status, answer = sign_up(code, "v3")
    assert (status, answer["type"].rpartition(":")[2]) == (409, "no-room")
    assert len(signed_up()) == 2
    assert len(personal()[0]) == 2
    raw = urlencode(
        {"visitor_token": token_of(code, "v3"), "consent": "yes"}
        | {f"answer.{name}": text for name, text in ANSWERS.items()}
    ).encode()
    event = http(SIGN_UP, path={"code": code}, body=raw, headers=BROWSER | FORM)
    status, page, _ = ask("campaigns/sign_up", event)
    assert (status, "请稍后再试" in page, 'value="王梅"' in page) == (409, True, True)
    assert_counters_equal_a_recount()


def test_feedback_is_the_salespersons_or_an_operators_and_earns_the_member_a_reward() -> None:
    """B6, B7: corrected with a history; the reward goes back with the correction."""
    code = begin()
    sign_up(code)
    (signup,) = signed_up()
    customer_id, own = signup.customer_id, str(signup.salesperson_id)
    other = "mei" if own == "zhou" else "zhou"
    assert judge(customer_id, "took-part", other)[0] == 403
    assert judge(customer_id, "took-part", "lin")[0] == 403
    assert judge("0" * 26, "took-part")[0] == 404
    assert judge(customer_id, "perhaps")[0] == 400
    status, answer = judge(customer_id, "took-part", own, note="Came with a friend.")
    assert (status, answer["reward_minor"], answer["state"]) == (200, 2000, "reserved")
    assert answer["answers"]["name"] == "王梅"
    assert judge(customer_id, "took-part", own)[1] == answer
    assert balance_of("lin", "CNY") == 2000
    _, corrected = judge(customer_id, "did-not")
    assert [each["outcome"] for each in corrected["history"]] == ["took-part", "did-not"]
    assert [each["by"] for each in corrected["history"]] == [own, "boss"]
    assert "reward_id" not in corrected
    assert balance_of("lin", "CNY") == 0
    assert_counters_equal_a_recount()
    assert judge(customer_id, "cancelled", own)[0] == 200
    assert_counters_equal_a_recount()
    assert judge(customer_id, "took-part", own)[1]["reward_id"] != answer["reward_id"]
    assert balance_of("lin", "CNY") == 2000
    assert [each["outcome"] for each in events("signup.judged.v1")].count("took-part") == 2
    assert len(rewards()) == 2
    assert_counters_equal_a_recount()
    assert_books_balance()


def test_a_budget_that_is_spent_leaves_the_feedback_and_is_asked_again() -> None:
    code = begin(reward=REWARD | {"budget_minor": 2000})
    for visitor in ("v1", "v2"):
        sign_up(code, visitor)
    first, second = (each.customer_id for each in signed_up())
    assert judge(first, "took-part")[1]["reward_minor"] == 2000
    status, answer = judge(second, "took-part")
    assert (status, answer["unrewarded"]) == (200, "budget-exhausted")
    assert judge(second, "took-part")[1]["revision"] == answer["revision"]
    name = rewards()[0].programme
    raised = Programme(name, budget={"CNY": 4000})
    programmes.put_programme(ORGANIZATION, raised, clock.now())
    answer = judge(second, "took-part")[1]
    assert (answer["reward_minor"], answer.get("unrewarded")) == (2000, None)
    assert_counters_equal_a_recount()
    assert_books_balance()


def test_feedback_that_crosses_another_is_decided_by_what_it_finds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = begin()
    sign_up(code)
    (signup,) = signed_up()
    find, crossing = signups.find, ["took-part"]

    def late(*named: Any) -> Any:
        found = find(*named)
        if crossing:  # somebody else is faster
            assert judge(signup.customer_id, crossing.pop())[0] == 200
        return found

    monkeypatch.setattr(signups, "find", late)
    status, answer = judge(signup.customer_id, "cancelled")
    assert (status, answer["revision"], answer["outcome"]) == (200, 3, "cancelled")
    assert balance_of("lin", "CNY") == 0
    assert len(rewards()) == 1
    assert_counters_equal_a_recount()


@pytest.mark.parametrize(("before", "after"), [(2000, 500), (2000, None), (None, 500)])
def test_a_reward_goes_by_the_campaign_as_it_is_when_it_is_written(
    monkeypatch: pytest.MonkeyPatch, before: int | None, after: int | None
) -> None:
    """B6: the campaign changes between the read of its reward and the write."""

    def reward(amount_minor: int | None) -> dict[str, Any] | None:
        return REWARD | {"amount_minor": amount_minor} if amount_minor else None

    sign_up(begin(reward=reward(before)))
    (signup,) = signed_up()
    load, changes = campaigns.load, [after]

    def late(organization_id: str, campaign_id: str) -> Campaign:
        found = load(organization_id, campaign_id)
        if changes:  # somebody changes it meanwhile
            changed = msgspec.convert(reward(changes.pop()), Reward | None)
            definition = msgspec.structs.replace(found.definition, reward=changed)
            publishing.put(organization_id, campaign_id, definition, found.base_url, clock.now())
        return found

    monkeypatch.setattr(campaigns, "load", late)
    status, answer = judge(signup.customer_id, "took-part")
    assert (status, answer.get("reward_minor")) == (200, after)
    assert balance_of("lin", "CNY") == (after or 0)
    assert_counters_equal_a_recount()
    assert_books_balance()


def test_salespeople_see_their_own_signups_and_operators_all() -> None:
    """B6, F7."""
    code = begin()
    for number in range(5):
        sign_up(code, f"v{number}")
    stored = signed_up()
    by = Counter(str(each.salesperson_id) for each in stored)
    judge(stored[0].customer_id, "took-part")
    status, page, _ = listed()
    assert (status, len(page["items"])) == (200, 5)
    assert {each["state"] for each in page["items"]} == {"reserved"}
    seen = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        _, page, _ = listed(limit="2", **cursor)
        seen += [each["customer_id"] for each in page["items"]]
        cursor = {"cursor": page.get("next_cursor", "")}
    assert sorted(seen) == sorted(each.customer_id for each in stored)
    for salesperson, number in by.items():
        _, page, _ = listed(salesperson)
        assert len(page["items"]) == number
        assert {each["salesperson_id"] for each in page["items"]} == {salesperson}
        assert listed(salesperson_id=salesperson)[1]["items"] == page["items"]
        made = [each["signed_up_at"] for each in page["items"]]
        assert made == sorted(made, reverse=True)
    assert not listed("lin")[1]["items"]
    assert listed("mei", salesperson_id="zhou")[0] == 403
    assert listed("mei", format="csv")[0] == 403
    assert len(listed(outcome="took-part")[1]["items"]) == 1
    assert len(listed(outcome="none")[1]["items"]) == 4
    _, sheet, headers = listed(format="csv", limit="3")
    assert headers["X-Next-Cursor"]
    lines = sheet.removeprefix("\ufeff").splitlines()
    assert lines[0].endswith("unrewarded,name,phone,day")
    assert "'+8613800000011" in lines[1]
    assert len(lines) == 4
    assert listed(cursor="zz")[0] == 400
    assert (
        ask(
            "campaigns/read_signups",
            http(
                f"GET {SIGNUPS}",
                path={"organization_id": ORGANIZATION, "campaign_id": "none"},
                claims=claims(),
            ),
        )[0]
        == 404
    )


def test_a_salesperson_whom_a_customer_had_before_lists_the_campaign() -> None:
    """B4: sticky. Who neither is named nor has a customer there does not."""
    sign_up(begin("autumn", salespeople=["zhou"]))
    begin("winter", salespeople=["mei"])
    assert sign_up(begin(salespeople=["mei"]))[1]["contact"]["name"] == "c-zhou"
    path = {"organization_id": ORGANIZATION}
    for who, expected in (("zhou", ["autumn", "spring"]), ("mei", ["spring", "winter"])):
        route = SIGNUPS.replace("/{campaign_id}/signups", "")
        event = http(f"GET {route}", path=path, claims=claims("member", who))
        items = ask("campaigns/read_campaigns", event)[1]["items"]
        assert [each["campaign_id"] for each in items] == expected
        assert len(listed(who)[1]["items"]) == (who == "zhou")


def test_a_seat_that_moved_takes_the_signup_along_until_it_is_judged() -> None:
    """B4: who comes back later may find another salesperson; feedback is then theirs."""
    code = begin()
    sign_up(code)
    (signup,) = signed_up()
    own = str(signup.salesperson_id)
    other = "mei" if own == "zhou" else "zhou"
    channels.remove_channel(ORGANIZATION, f"c-{own}")
    forget()
    status, made = sign_up(code)
    assert (status, made["contact"]["name"]) == (200, f"c-{other}")
    (moved,) = signed_up()
    assert (moved.salesperson_id, moved.signed_up_at) == (other, signup.signed_up_at)
    assert len(listed(other)[1]["items"]) == 1
    assert not listed(own)[1]["items"]
    assert judge(signup.customer_id, "took-part", other)[0] == 200
    assert_counters_equal_a_recount()


def test_erasing_a_person_takes_what_they_wrote_and_what_was_noted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """C6: found by the phone number in a form, in every campaign; the signup still counts."""
    code, second = begin(), begin("autumn")
    sign_up(code)
    sign_up(second)
    sign_up(code, "v2", answers=ANSWERS | {"phone": "+8613900000022"})
    first = next(e for e in signed_up() if e.key == "acme#spring")
    judge(first.customer_id, "took-part", note="Her phone rings at noon.")
    key = person_keys.key_of(ORGANIZATION, "phone", "+8613800000011")
    event: dict[str, Any] = {
        "detail-type": "person.erased.v1",
        "detail": {
            "id": "e-1",
            "type": "person.erased.v1",
            "organization_id": ORGANIZATION,
            "occurred_at": clock.now().isoformat(),
            "version": 1,
            "data": {"person_keys": [key, "0" * 26]},
        },
    }
    early = event["detail"] | {"occurred_at": "2026-01-01T00:00:00Z"}
    follow_events(event | {"detail": early}, None)
    assert len(personal()[0]) == 3
    for _ in range(2):
        follow_events(event, None)
    ((answers,), (person,)) = personal()
    assert answers.answers["phone"] == "+8613900000022"
    assert person.key != f"acme#person#{key}"
    assert len(signed_up()) == 3
    assert "noon" not in str([each.serialize() for each in signed_up()])
    assert "13800000011" not in caplog.text
    _, page, _ = listed()
    assert sorted(len(each["answers"]) for each in page["items"]) == [0, 3]
    assert_counters_equal_a_recount()


def test_a_scan_of_a_campaigns_code_is_counted_and_led_to_its_page() -> None:
    """B4: the code on a poster; what follows is the campaign's."""
    code, route = begin(), "GET /s/{code}"
    answer: Any = scan(http(route, path={"code": code}, headers=BROWSER), None)
    assert answer["statusCode"] == 302
    assert answer["headers"]["Location"].endswith(f"/s/{code}/signup")
    assert "sluice_visitor=" in answer["headers"]["Set-Cookie"]
    given = {"accept": "application/json"}
    app: Any = scan(http(route, path={"code": code}, headers=given), None)
    assert json.loads(app["body"])["signup_url"] == answer["headers"]["Location"]
    assert len(items_of(Visit)) == 2


def test_a_campaigns_code_is_changed_by_its_campaign_only() -> None:
    """B4: or its member would say whose customers come."""
    path = {"organization_id": ORGANIZATION, "code_id": begin()}
    route = "/organizations/{organization_id}/codes/{code_id}"
    for caller in (claims("member", "lin"), claims()):
        changed: Any = put_code(http(f"PUT {route}", path=path, body={}, claims=caller), None)
        assert changed["statusCode"] == 409
        assert "code-of-campaign" in changed["body"]
