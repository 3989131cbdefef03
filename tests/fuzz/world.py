"""The organisation that the fuzzer plays in, with one of everything a request may name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from infra.demo.client import timestamp
from tests.support.campaign_bodies import CAMPAIGN as CAMPAIGN_BODY
from tests.support.client import Deployment, Organization, eventually, found_organization
from tests.support.offers import OFFER
from tests.support.routes import SAMPLES, Target

SIGNER = "signs-for-the-fuzzer"  # a partner that no request names: nobody rotates its key
UNNAMED = "stays"  # a channel that no request names: there is always room
PROMOTER, TASK, CAMPAIGN = "mei", "pears", "outing"  # whom and what no request changes
WEBHOOK = "erp"
SYNCED = ("quiet", "calm")  # provider accounts; one has a sync, the other may have the next
CODES = 100
PUSHES = 3
SEATS = 4


@dataclass(frozen=True)
class World:
    """What is there, and what partners and providers sign with."""

    target: Target
    known: Mapping[str, list[str]]  # values by what they are
    partner_secret: str
    provider_secret: str


def make_world(deployment: Deployment) -> World:
    """Make an organisation with members, channels, codes, seats, a strategy and pushes."""
    acme = found_organization(deployment)
    signer = acme.operator.put(f"{acme.path}/partners/{SIGNER}", {"name": "Signs"}).expect(200)
    for member in ("lin", "zhao"):
        acme.put_member(member)
    acme.put_wechat()
    for account in SYNCED:  # without a channel that a sync would close
        body = {"type": "sandbox"}
        acme.operator.put(f"{acme.path}/provider-accounts/{account}", body).expect(200)
    for channel, cap in (("a", 1000), ("b", 1), (UNNAMED, 1000)):
        acme.put_channel(channel, cap=cap)
    code, gone = acme.issue("lin"), _expired_code(acme)
    seats = [acme.seat(code)["assignment_id"] for _ in range(SEATS)]
    tokens = [acme.scan(code) for _ in range(SEATS)]
    pushes = _pushes(acme)
    names = acme.names(code, pushes[0], seats[0])
    known = {name: [value] for name, value in names.items()} | {
        "channel_id": ["a", "b"],
        "code": [code, code, code, gone],
        "account_id": ["lin", *SYNCED],
        "sync_id": [_synced(acme)],
        "code_id": _codes(acme),
        "member_id": ["lin", "zhao"],
        "dimension": ["channels", "referrers", "codes"],
        "push_id": pushes,
        "payout_id": [names["payout_id"], acme.start_payout("CNY")],
        "seat": seats,
        "assignment_id": seats,
        "customer_id": [seat.split(".")[0] for seat in seats],
        "token": tokens,
        "promoter_id": [PROMOTER],
        "task_id": [TASK],
        **_task(acme),
        **_campaign(acme),
        **_delivery(acme),
        "invitation": [_invitation(acme)],
        "user": ["u-0", "u-1"],
        "zone": ["Asia/Shanghai", "Europe/Paris"],
        "past": _times(-600, -60, 0),
        "future": _times(3600, 86_400 * 30),
    }
    return World(
        Target(acme, names, tokens[0], seats[0]),
        known,
        str(signer.json["secret"]),
        acme.callback_secret,
    )


def _task(acme: Organization) -> dict[str, list[str]]:
    """Return the code of a promoter's link for a task, and the coupon of one who came by it.

    Visitors get coupons once the bonus task lacks fewer transactions than its quota (D8).
    """
    promoter = {"name": "Mei", "roles": ["promoter"], "tags": ["student"]}
    acme.operator.put(f"{acme.path}/members/{PROMOTER}", promoter).expect(200)
    path = f"{acme.path}/promoters/{PROMOTER}"
    task = f"{path}/tasks/{acme.put_offer(TASK)}"
    code = str(acme.operator.post(f"{task}/link", {}).expect(201).json["code"])
    rules = SAMPLES["PUT /organizations/{organization_id}/offers/{offer_id}/bonus-rules"]
    (rule,) = rules["rules"]
    quota, shared = rule["transactions"], {"channel_type": rule["channel_type"]}
    coupon = rule["coupon"] | {"below_transactions": quota}
    bonus = {"rules": [rule | {"coupon": coupon}], "programme": rules["programme"]}
    acme.operator.put(f"{acme.path}/offers/{TASK}/bonus-rules", bonus).expect(200)
    acme.operator.post(f"{task}/shares", shared).expect(201)
    accepted = {"offer_id": TASK, **shared}

    def accept() -> bool | None:
        return acme.operator.post(f"{path}/bonus-tasks", accepted).status == HTTPStatus.OK or None

    def visit() -> str | None:
        found = acme.anyone.get(f"/t/{code}").expect(200).json.get("coupon")
        return str(found["code"]) if found else None

    eventually("the bonus task", accept)
    _pay(acme, code)
    return {"task_code": [code], "coupon": [eventually("a coupon", visit)]}


def _pay(acme: Organization, code: str) -> None:
    paid = {
        "order_id": "fuzz-1",
        "offer_id": TASK,
        "amount_minor": 10_000,
        "currency": OFFER["currency"],
        "paid_at": timestamp(),
        "promoter_code": code,
    }
    acme.post_event("payments", "payment.settled.v1", paid).expect(202)


def _campaign(acme: Organization) -> dict[str, list[str]]:
    """Return what names a campaign that is running, with a member and somebody who signed up.

    Another is a draft, which requests may change; its salesperson is there.
    """
    now = datetime.now(UTC)
    for salesperson in CAMPAIGN_BODY["salespeople"]:
        acme.put_member(salesperson)
        acme.put_channel(salesperson, owner_id=salesperson)
    draft = SAMPLES["PUT /organizations/{organization_id}/campaigns/{campaign_id}"]
    acme.operator.put(f"{acme.path}/campaigns/spring", draft).expect(200)
    acme.put_channel(PROMOTER, cap=1000, owner_id=PROMOTER)
    given = CAMPAIGN_BODY | {
        "starts_at": timestamp(now - timedelta(hours=1)),
        "ends_at": timestamp(now + timedelta(days=7)),
        "form": [{"name": "name", "label": "Name"}],
        "salespeople": [PROMOTER],
        "audience": {"member_ids": [PROMOTER]},
    }
    path, deployment = f"{acme.path}/campaigns/{CAMPAIGN}", acme.deployment
    acme.operator.put(path, given).expect(200)
    deployment.run("TendCampaigns")
    key = {"key": {"S": f"{acme.id}#{CAMPAIGN}"}, "item": {"S": f"member#{PROMOTER}"}}
    table = deployment.resource("CampaignsTable")
    member = deployment.aws("dynamodb").get_item(TableName=table, Key=key)["Item"]
    code, signup = member["code"]["S"], SAMPLES["POST /s/{code}/signup"]
    body = signup | {"visitor_token": acme.scan(code)}
    acme.anyone.post(f"/s/{code}/signup", body).expect(201)
    (signed_up,) = acme.operator.get(f"{path}/signups").expect(200).json["items"]
    return {
        "running_campaign": [CAMPAIGN],
        "personal_link": [member["token"]["S"]],
        "campaign_code": [code],
        "campaign_token": [acme.scan(code) for _ in range(SEATS)],
        "signed_up": [signed_up["customer_id"]],
    }


def _delivery(acme: Organization) -> dict[str, list[str]]:
    """Return what names a delivery to a webhook that no request changes."""
    path = f"{acme.path}/webhooks/{acme.put_webhook(WEBHOOK)}"
    sent = acme.operator.send("POST", f"{path}/test").expect(202).json
    return {"told_webhook": [WEBHOOK], "delivery_id": [str(sent["delivery_id"])]}


def _invitation(acme: Organization) -> str:
    """Return the token of an inviter's open invitation."""
    inviter = {"kind": "user", "value": "ann"}
    body = {"identities": [inviter], "joins": [{"list": "existing_customers"}]}
    acme.operator.put(f"{acme.path}/people", body).expect(200)
    wanted = {"promotion_id": acme.put_promotion("autumn"), "inviter": [inviter]}
    answer = acme.post_event("invitations", "promotion.invite.v1", wanted).expect(200)
    return str(answer.json["open_link"]).rpartition("/")[2]


def _expired_code(acme: Organization) -> str:
    soon = timestamp(datetime.now(UTC) + timedelta(seconds=1))
    answer = acme.operator.post(f"{acme.path}/codes", {"expires_at": soon}).expect(201)
    return str(answer.json["code"])


def _codes(acme: Organization) -> list[str]:
    """Return codes to change and to retire: a DELETE must leave some to the next PUT."""
    path = f"{acme.path}/code-batches/{acme.issue_batch(CODES)}?limit={CODES}"
    return [str(each["code"]) for each in acme.operator.get(path).expect(200).json["items"]]


def _synced(acme: Organization) -> str:
    path = f"{acme.path}/provider-accounts/{SYNCED[0]}/syncs"
    return str(acme.operator.post(path, {}).expect(202).json["sync_id"])


def _pushes(acme: Organization) -> list[str]:
    channel = {"channel": "sms", "wait_seconds": 3600, "success": "seen"}
    strategy = {"purpose": "service", "channels": [channel]}
    acme.operator.put(f"{acme.path}/strategies/chain", strategy).expect(200)
    body: dict[str, Any] = {"strategy_id": "chain", "content": {"title": "T", "body": "B"}}
    answers = [
        acme.operator.post(f"{acme.path}/pushes", body | {"user_id": f"u-{number}"})
        for number in range(PUSHES)
    ]
    return [str(answer.expect(202).json["push_id"]) for answer in answers]


def _times(*seconds: int) -> list[str]:
    now = datetime.now(UTC)
    return [timestamp(now + timedelta(seconds=each)) for each in seconds]
