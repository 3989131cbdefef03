"""The last release, in use, becomes this one in place: nothing is lost, everything goes on (F2)."""

import hashlib
import io
import subprocess
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import leftovers, released, template, watch
from infra.demo.client import Client
from infra.demo.staff import ADMIN, Staff
from infra.local import ministack
from infra.local.build import build_elsewhere
from infra.local.deploy import deploy, deploy_built, resources, stack_name
from infra.local.instance import Instance
from infra.local.preflight import Unready, free_port
from tests.support.client import (
    ON_SCHEDULE,
    RANKED,
    Deployment,
    Organization,
    eventually,
    found_organization,
)

pytestmark = pytest.mark.proof  # it builds and deploys twice: two minutes

FETCH_SECONDS = 120
DOMAIN = "s.example.com"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a"
STRATEGY = {
    "purpose": "service",
    "channels": [{"channel": "sms", "wait_seconds": 1, "success": "delivered"}],
}
WORDS = {"en", "zh"}  # why a customer got a channel, beside its code
# What an operator has seen before; each answer may say more afterwards, never less or other.
SEEN = (
    "/channels/a",
    "/codes",
    "/assignments?channel_id=a",
    "/accounts/lin",
    "/programmes/tea-week",
    "/offers/apples",
    "/promotions/spring",
    "/templates/tea",
    "/strategies/chain",
    "/statistics/channels",
    "/statistics/referrers",
)


def _sources(commit: str) -> bytes:
    """What was released, also where this clone is a shallow one; skips where nobody has it."""
    archive = ["git", "-C", str(template.ROOT), "archive", commit]
    found = subprocess.run(archive, capture_output=True, timeout=FETCH_SECONDS, check=False)
    if found.returncode:
        try:
            released.git("fetch", "--quiet", "--depth", "1", "origin", commit)
        except Unready:
            pytest.skip(f"this clone has no {commit}: git fetch --unshallow")
        found = subprocess.run(archive, capture_output=True, timeout=FETCH_SECONDS, check=True)
    return found.stdout


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The last release, on an embedded AWS of its own."""
    checkout = tmp_path_factory.mktemp("released")
    with tarfile.open(fileobj=io.BytesIO(_sources(released.read()["commit"]))) as archive:
        archive.extractall(checkout, filter="data")
    built = build_elsewhere(checkout)
    instance = Instance("upgrade", free_port())
    try:
        ministack.start(instance, fresh=True)
        staff = Staff(instance, deploy_built(instance, built))
        token = staff.token(ADMIN, staff.make_admin())
        yield Deployment(instance, staff, Client(instance.url).as_staff(token))
    finally:
        ministack.stop(instance)


def _used(acme: Organization) -> dict[str, Any]:
    """Use it: a seat that is connected and rewarded, one that is held, a push, and one of each."""
    acme.put_member("lin", login=True)
    acme.put_channel("a")
    acme.operator.put(f"{acme.path}/strategies/chain", STRATEGY).expect(200)
    code = acme.issue("lin", reservation_seconds=86_400)  # the seat outlasts the deployment
    token, waiting = acme.scan(code), acme.scan(code)
    connected = acme.seat(code, token)
    acme.tell(connected)
    reserved = acme.seat(code, waiting)
    push = {"strategy_id": "chain", "user_id": "u-1", "content": {"title": "T", "body": "B"}}
    push_id = acme.operator.post(f"{acme.path}/pushes", push).expect(202).json["push_id"]
    acme.put_template("tea")
    acme.put_programme("tea-week")
    acme.grant_reward("tea-week")
    acme.put_offer("apples")
    acme.put_promotion("spring")
    view = f"{acme.path}/pushes/{push_id}"
    eventually("the push", lambda: acme.operator.get(view).json["status"] != "running" or None)
    eventually("the reward", lambda: acme.account("lin")["entries"] or None)
    acme.deployment.rest()
    return {
        "code": code,
        "tokens": {token: connected, waiting: reserved},
        "reserved": reserved,
        "image": acme.anyone.get(f"/codes/{code}/image?format=png").expect(200).body,
        "push": f"/pushes/{push_id}",
    }


def _answers(acme: Organization, *more: str) -> dict[str, Any]:
    return {path: acme.operator.get(acme.path + path).expect(200).json for path in (*SEEN, *more)}


def _kept(before: Any, after: Any) -> bool:
    """Whether an answer still says all that it said; words for people may be others."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(
            name in after and (name in WORDS or _kept(value, after[name]))
            for name, value in before.items()
        )
    if isinstance(before, list):
        return len(before) == len(after) and all(
            _kept(one, now) for one, now in zip(before, after, strict=True)
        )
    return bool(before == after)


def test_the_last_release_in_use_becomes_this_one(before: Deployment) -> None:
    acme = found_organization(before, referral_reward={"amount_minor": 500, "currency": "CNY"})
    used = _used(acme)
    answers, items = _answers(acme, used["push"]), before.items()
    kept = resources(before.instance)
    deploy(before.instance, quick=True)
    before.names.clear()
    now = resources(before.instance)
    keeping = released.read()["kept"]
    assert {name: now[name] for name in keeping} == {name: kept[name] for name in keeping}
    _nothing_is_lost(items, before.items())
    for path, answer in _answers(acme, used["push"]).items():
        assert _kept(answers[path], answer), f"{path}: {answers[path]} became {answer}"
    _goes_on(acme, used)


def _nothing_is_lost(before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    """Item by item, but what a schedule makes anew."""
    assert sum(map(len, before.values())) > 50, "it was not in use"
    for table in before.keys() - ON_SCHEDULE:
        lost = [one for one in before[table] if RANKED not in one and one not in after[table]]
        assert not lost, f"{table}: {lost}"


def _goes_on(acme: Organization, used: dict[str, Any]) -> None:
    """Printed codes, visitors' tokens, staff's tokens, callbacks, the ledger: all from before."""
    code = used["code"]
    image = acme.anyone.get(f"/codes/{code}/image?format=png").expect(200)
    assert image.body == used["image"]
    for token, seat in used["tokens"].items():
        assert acme.join(code, token).expect(200).json["assignment_id"] == seat["assignment_id"]
    acme.tell(used["reserved"])
    later = acme.seat(code)
    acme.tell(later)
    assert acme.held("a") == 3

    def earned() -> bool | None:  # by two seats of before and one of now
        return [one["balance_minor"] for one in acme.account("lin")["balances"]] == [1500] or None

    eventually("three rewards", earned)
    acme.deployment.rest()
    assert earned(), "more than three"
    acme.members["lin"].get(f"{acme.path}/members/lin").expect(200)
    acme.put_channel("b")
    entries = acme.operator.get(f"{acme.path}/audit").expect(200).json["items"]
    assert entries, "what came with this release works for whoever was there before"


def _over(deployment: Deployment, **parameters: str) -> None:
    """Deploy the same template again with other parameters."""
    cloudformation = deployment.aws("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName=stack_name())["Stacks"]
    keys = {one["ParameterKey"] for one in stack["Parameters"]} - parameters.keys()
    kept: list[dict[str, Any]] = [{"ParameterKey": key, "UsePreviousValue": True} for key in keys]
    cloudformation.update_stack(
        StackName=stack_name(),
        UsePreviousTemplate=True,
        Capabilities=watch.CAPABILITIES,
        Parameters=[
            *kept,
            *({"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()),
        ],
    )
    waiter = cloudformation.get_waiter("stack_update_complete")
    waiter.wait(StackName=stack_name(), WaiterConfig={"Delay": 1, "MaxAttempts": 300})


def test_a_domain_and_an_edge_are_parameters_of_the_stack(before: Deployment) -> None:
    """The domain leads to the API; with an edge its secret is asked for, at any address."""
    deploy(before.instance, quick=True)
    secret = "e" * 64
    with pytest.raises(ClientError, match="belong together"):
        _over(before, DomainName=DOMAIN)
    sum_of_it = hashlib.sha256(secret.encode()).hexdigest()
    _over(before, DomainName=DOMAIN, CertificateArn=CERTIFICATE, EdgeDigests=sum_of_it)
    at_the_domain = {"Host": DOMAIN}
    assert _status(before, at_the_domain) == _status(before, {}) == 403
    assert _status(before, {"x-sluice-edge": "another"}) == 403
    by_the_edge = {"x-sluice-edge": secret}
    assert _status(before, at_the_domain | by_the_edge) == _status(before, by_the_edge) == 200
    _over(before, EdgeDigests="")
    assert _status(before, at_the_domain) == 200


def _status(deployment: Deployment, headers: dict[str, str]) -> int:
    address = f"{deployment.instance.url}/openapi.json"
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)


def test_removed_it_keeps_what_holds_data(before: Deployment) -> None:
    """`make leftovers` tells the same of it before and after, and nothing that was removed."""
    keeping = released.shape(template.load())["kept"]
    told = leftovers.of(before.aws, stack_name())
    assert {one.name for one in told} == keeping.keys()
    cloudformation = before.aws("cloudformation")
    cloudformation.delete_stack(StackName=stack_name())
    waiter = cloudformation.get_waiter("stack_delete_complete")
    waiter.wait(StackName=stack_name(), WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    assert {one.physical for one in leftovers.of(before.aws, stack_name())} == {
        one.physical for one in told
    }
    table = next(one for one in told if one.name == "CodesTable")
    before.aws("dynamodb").delete_table(TableName=table.physical)
    assert table not in leftovers.of(before.aws, stack_name())
