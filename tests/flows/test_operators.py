"""What operators do over HTTP: batches of codes, retirement, alarms (A2, A10, F7)."""

import io
import json
import zipfile

from tests.support.client import CHECK_SECONDS, Organization, eventually


def test_a_batch_of_codes_is_issued_once_and_drawn(acme: Organization) -> None:
    acme.put_channel("a", cap=50)
    path = f"{acme.path}/code-batches"
    key = {"Idempotency-Key": "spring"}
    batch = acme.operator.post(path, {"count": 12, "campaign_id": "spring"}, key).expect(201).json
    assert acme.operator.post(path, {"count": 12, "campaign_id": "spring"}, key).json == batch
    found = acme.operator.get(f"{path}/{batch['batch_id']}").expect(200).json
    codes = [code["code"] for code in found["items"]]
    assert (found["status"], len(set(codes))) == ("issued", 12)
    images = acme.operator.get(f"{path}/{batch['batch_id']}/images?format=svg").expect(200)
    with zipfile.ZipFile(io.BytesIO(images.body)) as archive:
        assert sorted(archive.namelist()) == sorted([*(f"{c}.svg" for c in codes), "codes.csv"])
    assert acme.seat(codes[7])["channel"]["channel_id"] == "a"


def test_a_retired_code_gives_nobody_a_seat(acme: Organization) -> None:
    acme.put_channel("a")
    code = acme.issue()
    token = acme.scan(code)
    acme.operator.delete(f"{acme.path}/codes/{code}").expect(204)
    # A function remembers a code for up to 5 s.
    eventually("its end", lambda: acme.join(code, token).problem == "code-gone" or None)
    assert acme.operator.get(f"{acme.path}/codes/{code}").json["status"] == "retired"


def test_a_pool_that_fills_alarms_the_operators_once(acme: Organization) -> None:
    """A10: through the push chain, by the strategy of that name."""
    channel = {"channel": "sms", "wait_seconds": 1, "success": "delivered"}
    strategy = {"purpose": "service", "channels": [channel]}
    acme.operator.put(f"{acme.path}/strategies/operator-alarms", strategy).expect(200)
    acme.put_channel("a", cap=10)
    code = acme.issue()
    for _ in range(9):
        acme.seat(code)
    aws, name = acme.deployment.aws("lambda"), acme.deployment.resource("CheckAlarms")

    def alarms() -> list[str] | None:
        aws.invoke(FunctionName=name, Payload=json.dumps({}))
        open_ = acme.operator.get(f"{acme.path}/alarms?status=open").expect(200).json["items"]
        return [alarm["kind"] for alarm in open_] or None

    assert eventually("an alarm", alarms, CHECK_SECONDS) == ["pool-filling"]
    listed = f"{acme.path}/members"
    (operator,) = [
        m["member_id"] for m in acme.operator.get(listed).json["items"] if "operator" in m["roles"]
    ]
    inbox = f"{acme.path}/sandbox/messages?user_id={operator}"
    look = acme.operator.get
    messages = eventually("a message", lambda: look(inbox).expect(200).json["messages"] or None)
    alarms()
    acme.deployment.rest()
    assert len(look(inbox).json["messages"]) == len(messages) == 1
