"""What everybody may read of themselves, and nothing of others (F4)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.organizations.list_members.handler import handler as list_members
from functions.organizations.put_organization.handler import handler as put_organization
from functions.rewards.grant_reward.handler import handler as grant_reward
from functions.rewards.list_rewards.handler import handler as list_rewards
from functions.rewards.put_programme.handler import handler as put_programme
from functions.rewards.read_account.handler import handler as read_account
from sluice.organizations import rules, store
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.staff import NOW, found_organization

ORG = "/organizations/{organization_id}"
OTHERS = sorted(rules.ROLES - {rules.OPERATOR})


@pytest.fixture(autouse=True, scope="module")
def _world() -> Iterator[None]:
    """Give each role a member with a held reward and one that is not: nothing else is written."""
    with local_aws():
        found_organization()
        route = f"PUT {ORG}/programmes/{{programme}}"
        ask(put_programme, route, body={"checks": {"blacklist": True}}, programme="checked")
        for role in OTHERS:
            member = {"name": role.title(), "roles": {role}, "tags": {"student"}}
            store.put_member(ORGANIZATION, role, member, NOW)
            for programme in ("checked", "referral"):
                body: dict[str, Any] = {
                    "natural_key": f"order:{role}",
                    "owner_id": role,
                    "programme": programme,
                }
                body |= {"amount_minor": 500, "currency": "CNY", "reason": "bonus"}
                assert ask(grant_reward, f"POST {ORG}/rewards", body=body)[0] == 201
        yield


def ask(
    handler: Any, route: str, who: str = "boss", body: Any = None, query: Any = None, **path: str
) -> tuple[int, Any]:
    """Call a function as an operator, or as the member that is called as their role."""
    role = rules.OPERATOR if who == "boss" else who
    names = {"organization_id": ORGANIZATION} | path
    event = http(route, path=names, body=body, query=query, claims=claims(role, who))
    response = handler(event, None)
    return response["statusCode"], json.loads(response["body"])


@pytest.mark.parametrize("role", OTHERS)
def test_everybody_sees_their_organisation_and_operators_what_they_settled(role: str) -> None:
    facts: dict[str, Any] = {"name": "Acme Tea", "time_zone": "Asia/Shanghai", "locale": "en"}
    facts["version"] = 1
    facts["organization_id"] = ORGANIZATION
    reward = {"amount_minor": 500, "currency": "CNY"}
    assert ask(put_organization, f"GET {ORG}", role) == (200, facts)
    assert ask(put_organization, f"GET {ORG}") == (200, facts | {"referral_reward": reward})
    assert ask(put_organization, f"GET {ORG}", role, organization_id="other")[0] == 403


@pytest.mark.parametrize("role", OTHERS)
def test_everybody_sees_themselves_among_the_members_and_operators_everybody(role: str) -> None:
    route = f"GET {ORG}/members/{{member_id}}"
    status, own = ask(list_members, route, role, member_id=role)
    assert (status, own["name"], own["roles"], own["tags"]) == (
        200,
        role.title(),
        [role],
        ["student"],
    )
    assert ask(list_members, route, member_id=role) == (200, own)
    assert ask(list_members, route, role, member_id="lin")[0] == 403
    assert ask(list_members, route, member_id="nobody")[0] == 404
    assert ask(list_members, f"GET {ORG}/members", role)[0] == 403


@pytest.mark.parametrize("role", OTHERS)
def test_everybody_reads_their_own_account_and_rewards_without_the_review(role: str) -> None:
    route = f"GET {ORG}/accounts/{{account_id}}"
    status, account = ask(read_account, route, role, account_id=role)
    assert (status, account["balances"][0]["balance_minor"]) == (200, 500)
    assert {entry["reason"] for entry in account["entries"]} == {"bonus"}
    assert ask(read_account, route, role, account_id="lin")[0] == 403
    route = f"GET {ORG}/rewards"
    status, own = ask(list_rewards, route, role)
    assert (status, {each["state"] for each in own["items"]}) == (200, {"held", "cleared"})
    assert not [each for each in own["items"] if each.get("reasons") or each.get("decided_by")]
    assert ask(list_rewards, route, role, query={"owner_id": role}) == (200, own)
    (held,) = ask(list_rewards, route, role, query={"state": "held"})[1]["items"]
    assert held["owner_id"] == role
    assert ask(list_rewards, route, role, query={"owner_id": "lin"})[0] == 403
    seen = ask(list_rewards, route, query={"owner_id": role, "state": "held"})[1]["items"]
    assert [each["reasons"] for each in seen] == [["blacklisted-not-checked"]]
