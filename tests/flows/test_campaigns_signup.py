"""From a member's code to a reward, over HTTP: customers sign up and take part (B4 to B6)."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from infra.demo.client import Answer
from tests.support.client import Organization, eventually

BROWSER = {"Accept": "text/html", "Accept-Language": "en", "User-Agent": "Mozilla/5.0"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PRICE = 500
SALESPEOPLE = ("zhou", "mei")


def begin(acme: Organization, campaign_id: str, **changes: Any) -> str:
    """Publish a campaign of Lin's with two salespeople; return Lin's code."""
    acme.put_member("lin")
    for member_id in SALESPEOPLE:
        acme.put_member(member_id, login=member_id not in acme.members)
        acme.put_channel(member_id, cap=20, owner_id=member_id)
    now = datetime.now(UTC)
    given: dict[str, Any] = {
        "title": "Spring fair",
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
        "material": ["poster", "card", "text"],
        "landing": {"headline": "Come to the fair", "text": "Tea & music"},
        "form": [
            {"name": "name", "label": "Name", "required": True},
            {"name": "phone", "label": "Phone", "type": "phone"},
        ],
        "salespeople": list(SALESPEOPLE),
        "audience": {"member_ids": ["lin"]},
        "reward": {"amount_minor": PRICE, "currency": "CNY", "budget_minor": 3 * PRICE},
        "status": "published",
    }
    acme.operator.put(f"{acme.path}/campaigns/{campaign_id}", given | changes).expect(200)
    path = f"{acme.path}/codes"

    def issued() -> str | None:
        codes = acme.operator.get(path).expect(200).json["items"]
        mine = (each for each in codes if each.get("campaign_id") == campaign_id)
        return next((str(each["code"]) for each in mine), None)

    acme.deployment.run("TendCampaigns")
    return eventually("Lin to have a code", issued)


def sign_up(acme: Organization, code: str, token: str, number: int) -> Answer:
    answers = {"name": f"Customer {number}", "phone": f"+86138000000{number:02}"}
    body = {"visitor_token": token, "answers": answers, "consent": True}
    return acme.anyone.post(f"/s/{code}/signup", body)


def recounted(acme: Organization, campaign_id: str) -> Counter[str]:
    found = acme.operator.get(f"{acme.path}/campaigns/{campaign_id}/signups?limit=100")
    items = found.expect(200).json["items"]
    return Counter(each.get("outcome", "none") for each in items)


def test_many_sign_up_at_once_and_feedback_rewards_the_member(acme: Organization) -> None:
    """B4, B5, B6: twelve customers, each twice at once; a budget of three rewards."""
    code = begin(acme, "fair")
    tokens = [acme.scan(code) for _ in range(12)]
    with ThreadPoolExecutor(24) as threads:
        calls = [(token, number) for number, token in enumerate(tokens)] * 2
        answers = list(threads.map(lambda call: sign_up(acme, code, *call), calls))
    assert Counter(answer.status for answer in answers) == {201: 12, 200: 12}
    assert recounted(acme, "fair") == {"none": 12}
    path = f"{acme.path}/campaigns/fair/signups"
    own = {
        member_id: acme.members[member_id].get(f"{path}?limit=100").expect(200).json["items"]
        for member_id in SALESPEOPLE
    }
    assert sum(map(len, own.values())) == 12
    for member_id, items in own.items():
        assert {each["salesperson_id"] for each in items} == {member_id}
    customers = [(member_id, each["customer_id"]) for member_id in own for each in own[member_id]]
    judged = [
        acme.members[member_id].put(f"{path}/{customer_id}/feedback", {"outcome": "took-part"})
        for member_id, customer_id in customers[:4]
    ]
    assert [answer.expect(200).json.get("unrewarded") for answer in judged] == [
        *(None, None, None),
        "budget-exhausted",
    ]
    member_id, customer_id = customers[0]
    wrong = next(name for name in SALESPEOPLE if name != member_id)
    put = acme.members[wrong].put(f"{path}/{customer_id}/feedback", {"outcome": "cancelled"})
    assert put.status == 403
    acme.operator.put(f"{path}/{customer_id}/feedback", {"outcome": "cancelled"}).expect(200)
    (balance,) = acme.account("lin")["balances"]
    assert balance["balance_minor"] == 2 * PRICE
    again = acme.operator.put(f"{path}/{customers[3][1]}/feedback", {"outcome": "took-part"})
    assert again.expect(200).json["reward_minor"] == PRICE
    assert recounted(acme, "fair") == {"none": 8, "took-part": 3, "cancelled": 1}
    figures = acme.operator.get(f"{acme.path}/campaigns/fair/performance/lin")
    figures = figures.expect(200).json["figures"]
    assert (figures["signups"], figures["participations"]) == (12, 3)
    sheet = acme.operator.get(f"{path}?format=csv&limit=100").expect(200).body.decode()
    assert sheet.count("Customer ") == 12


def test_the_page_shows_the_salesperson_and_takes_its_form(acme: Organization) -> None:
    """B4: a scan leads to the page; its form works without a script; the contact is sticky."""
    code = begin(acme, "page")
    scanned = acme.anyone.send("GET", f"/s/{code}", None, BROWSER)
    if scanned.status == 302:  # a client may follow by itself
        assert scanned.headers["location"].endswith(f"/s/{code}/signup")
    cookie = scanned.headers["set-cookie"].split(";")[0]
    page = acme.anyone.send("GET", f"/s/{code}/signup", None, BROWSER | {"Cookie": cookie})
    text = page.expect(200).body.decode()
    assert "Come to the fair" in text
    assert "Tea &amp; music" in text
    found = re.search(r'name="visitor_token" value="([^"]+)"', text)
    assert found is not None
    sent = {"visitor_token": found.group(1), "answer.name": "Mei", "consent": "yes"}
    headers = BROWSER | FORM | {"Cookie": cookie}
    made = acme.anyone.send("POST", f"/s/{code}/signup", urlencode(sent).encode(), headers)
    text = made.expect(201).body.decode()
    assert "You are signed up" in text
    assert 'src="data:image/png;base64,' in text
    known = acme.anyone.send("GET", f"/s/{code}/signup", None, {"Cookie": cookie})
    shown = known.expect(200).json
    assert (shown["stage"], shown["contact"]["status"]) == ("done", "reserved")
    assert shown["contact"]["name"] in text
    joined = acme.anyone.post(f"/s/{code}/join", {"visitor_token": found.group(1)}).expect(200)
    assert joined.json["assignment_id"] == shown["contact"]["assignment_id"]
    acme.tell(joined.json)
    path = f"{acme.path}/campaigns/page/signups"

    def connected() -> bool | None:
        (item,) = acme.operator.get(path).expect(200).json["items"]
        return item["state"] == "connected" or None

    eventually("the seat to be connected", connected)


def test_an_erased_person_leaves_a_signup_that_names_nobody(acme: Organization) -> None:
    """C6."""
    code = begin(acme, "erased")
    sign_up(acme, code, acme.scan(code), 7).expect(201)
    body = {"identities": [{"kind": "phone", "value": "+8613800000007"}]}
    acme.operator.post(f"{acme.path}/people/erasures", body).expect(204)
    path = f"{acme.path}/campaigns/erased/signups"

    def forgotten() -> bool | None:
        (item,) = acme.operator.get(path).expect(200).json["items"]
        return not item["answers"] or None

    eventually("the answers to go", forgotten)
