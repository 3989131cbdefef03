"""An operator lets data out by clicking: a webhook until it is heard, an export's file (F5)."""

from typing import Any

import boto3
import pytest
from playwright.sync_api import expect

from sluice.shared import settings
from tests.browser.conftest import SignedIn
from tests.support.browsers import PHONE, SMALL
from tests.support.gateway import call
from tests.support.here import Here
from tests.support.webhooks import Receiver, verified


def deliver() -> None:
    """Deliver what was queued, as the queue would."""
    queue: Any = boto3.client("sqs")
    url = settings.text("WEBHOOK_QUEUE_URL")
    for each in queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        queue.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        record = {"messageId": each["MessageId"], "body": each["Body"]}
        call("DeliverWebhook", {"Records": [record]})


@pytest.mark.proof
def test_a_webhook_is_added_tested_not_heard_and_sent_again(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVATE_TARGETS", "127.0.0.0/8")
    boss = signed_in("operator", SMALL, permissions=["clipboard-read", "clipboard-write"])
    with Receiver(410) as receiver:
        boss.open("/console/webhooks")
        boss.page.get_by_role("link", name="New webhook").click()
        boss.page.get_by_label("Id", exact=True).fill("desk")
        boss.page.get_by_label("Address", exact=True).fill(receiver.url)
        boss.page.locator("summary", has_text="campaign").click()
        boss.page.get_by_label("campaign.changed.v1").check()
        boss.assert_well()
        boss.page.get_by_role("button", name="Save").click()
        expect(boss.page.get_by_text("This is shown once.")).to_be_visible()
        boss.assert_well()
        boss.page.get_by_role("button", name="Copy").click()
        expect(boss.page.locator("#say")).to_contain_text("Copied")
        secret = boss.page.evaluate("navigator.clipboard.readText()")
        boss.page.get_by_role("link", name="To the webhook").click()
        boss.page.get_by_role("button", name="Send a test").click()
        deliver()
        boss.page.get_by_role("link", name="Look again").click()
        expect(boss.page.get_by_role("cell", name="410")).to_be_visible()
        boss.assert_well()
        boss.page.get_by_role("link", name="To the webhook").click()
        expect(boss.page.get_by_text("it answered 410").first).to_be_visible()
        boss.page.get_by_role("link", name="Change", exact=True).click()
        boss.page.get_by_role("button", name="Save").click()
        boss.page.locator("table").get_by_role("link").first.click()
        boss.page.get_by_role("button", name="Send again").click()
        deliver()
        boss.page.get_by_role("link", name="Look again").click()
        expect(boss.page.locator(".figure", has_text="Delivered").first).to_be_visible()
        assert verified(receiver.asked[-1], secret)["type"] == "webhook.test.v1"


@pytest.mark.proof
def test_an_export_is_ordered_followed_and_its_file_offered(
    suite: Here, signed_in: SignedIn
) -> None:
    boss = signed_in("operator", PHONE, "zh")
    boss.open("/console/exports")
    boss.page.get_by_role("link", name="新建导出").click()
    boss.page.get_by_label("成员管理").check()
    boss.assert_well()
    boss.page.get_by_role("button", name="导出", exact=True).click()
    expect(boss.page.get_by_text("已开始，将在后台继续进行。")).to_be_visible()
    suite.settle()
    boss.page.get_by_role("link", name="刷新").click()
    expect(boss.page.get_by_role("link", name="manifest.json")).to_be_visible()
    expect(boss.page.get_by_role("link", name="members")).to_have_attribute("download", "")
    boss.assert_well()
    boss.page.once("dialog", lambda asked: asked.accept())
    boss.page.get_by_role("button", name="撤下文件").click()
    expect(boss.page.get_by_text("已取消").first).to_be_visible()
    expect(boss.page.get_by_role("link", name="manifest.json")).to_have_count(0)
