"""The console's page of the organisation itself (F4, F5)."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from sluice.codes.store import logos
from sluice.console import sessions, user_pool
from sluice.shared import clock
from sluice.shared.errors import NotFound
from tests.functions.test_console_versions import fields_of
from tests.support.aws import local_aws
from tests.support.console import ask, signed_in
from tests.support.events import ORGANIZATION
from tests.support.staff import found_organization

EVIL = "<u>'\"{{7*7}}"
GIVEN = {
    "name": "Acme Teas",
    "time_zone": "Europe/Berlin",
    "locale": "zh",
    "privacy_url": "https://acme.example/privacy",
    "referral_reward.amount": "1,000.50",
    "referral_reward.currency": "eur",
    "phone_plan.calling_code": "+49",
    "phone_plan.trunk_prefix": "0",
    "phone_plan.national_digits": "10, 11",
    "promoter_tasks.transactions_weight": "20",
    "promoter_tasks.own_weight": "0",
    "promoter_tasks.platform_fee": "2.5",
}


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        yield


def test_all_of_the_organisation_is_changed() -> None:
    visitor = signed_in()
    seen = visitor.get("settings")
    assert "Settings of Acme Tea" in seen.text
    assert 'value="Asia/Shanghai" required' in seen.html
    sent = visitor.post("settings", **GIVEN)
    assert sent.location == "settings?done=saved", sent.text
    found = ask("GET", "")
    for name in ("name", "time_zone", "locale", "privacy_url"):
        assert found[name] == GIVEN[name]
    assert found["referral_reward"] == {"amount_minor": 100_050, "currency": "EUR"}
    plan = {"calling_code": "49", "trunk_prefix": "0", "national_digits": [10, 11]}
    assert found["phone_plan"] == plan
    tasks = {"transactions_weight": 20, "own_weight": 0, "platform_fee_millionths": 25_000}
    assert found["promoter_tasks"] == tasks
    assert "Acme Teas 的设置" in signed_in(language="zh").get("settings").text


def test_a_form_that_is_sent_as_it_came_changes_nothing() -> None:
    visitor = signed_in()
    visitor.post("settings", **GIVEN)
    before = ask("GET", "")
    form = fields_of(visitor.get("settings"))
    assert set(GIVEN) < set(form)
    assert visitor.post("settings", **form).status == 303
    assert ask("GET", "") == before


def test_what_is_emptied_is_cleared() -> None:
    visitor = signed_in()
    visitor.post("settings", **GIVEN)
    kept = {"name", "time_zone", "locale"}
    form = fields_of(visitor.get("settings"))
    emptied = {name: "" for name in GIVEN if name not in kept}
    assert visitor.post("settings", **form | emptied).status == 303
    assert set(ask("GET", "")) - {"version"} == kept | {"organization_id"}
    assert '<details class="card" >' in visitor.get("settings").html  # it is folded


def test_this_sessions_pages_show_the_new_name_and_clock_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(user_pool, "revoke", lambda _: None)
    visitor, other = signed_in(), signed_in()
    visitor.post("settings", **GIVEN)
    secret = visitor.cookies["__Host-sluice"]
    session = sessions.found(secret, clock.now())
    assert session is not None
    assert session.profile == {
        "name": "Boss",
        "organization": "Acme Teas",
        "time_zone": "Europe/Berlin",
    }
    assert "Acme Teas</a>" in visitor.get("members").html
    assert "Acme Tea</a>" in other.get("members").html
    sessions.end(secret)
    sessions.show(session, {"organization": "Nobody"})  # it was ended meanwhile: stays so
    assert sessions.found(secret, clock.now()) is None


@pytest.mark.parametrize(
    ("field", "wrong", "marked"),
    [
        ("name", "", "name"),
        ("name", "x" * 201, "name"),
        ("time_zone", EVIL, "time_zone"),
        ("time_zone", "Berlin", "time_zone"),
        ("time_zone", "", "time_zone"),
        ("locale", "fr", "locale"),
        ("privacy_url", "http://acme.example", "privacy_url"),
        ("referral_reward.amount", "much", "referral_reward.amount"),
        ("referral_reward.amount", "", "referral_reward.amount"),
        ("referral_reward.amount", "0", "referral_reward.amount"),
        ("referral_reward.amount", "1.005", "referral_reward.amount"),
        ("referral_reward.currency", "", "referral_reward.currency"),
        ("referral_reward.currency", EVIL, "referral_reward.currency"),
        ("phone_plan.calling_code", "", "phone_plan.calling_code"),
        ("phone_plan.calling_code", "0049", "phone_plan.calling_code"),
        ("phone_plan.trunk_prefix", EVIL, "phone_plan.trunk_prefix"),
        ("phone_plan.national_digits", "ten", "phone_plan.national_digits"),
        ("phone_plan.national_digits", "10, 99999", "phone_plan.national_digits"),
        ("promoter_tasks.own_weight", "1001", "promoter_tasks.own_weight"),
        ("promoter_tasks.own_weight", "-1", "promoter_tasks.own_weight"),
        ("promoter_tasks.own_weight", "most", "promoter_tasks.own_weight"),
        ("promoter_tasks.platform_fee", "101", "promoter_tasks.platform_fee"),
        ("promoter_tasks.platform_fee", "all", "promoter_tasks.platform_fee"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_stays_written(
    field: str, wrong: str, marked: str
) -> None:
    visitor = signed_in()
    seen = visitor.post("settings", **GIVEN | {field: wrong})
    assert seen.status == 400
    assert f'id="wrong-{marked}"' in seen.html
    assert EVIL not in seen.html
    assert fields_of(seen)["privacy_url"] == (GIVEN | {field: wrong})["privacy_url"]
    assert ask("GET", "")["name"] == "Acme Tea"
    assert "Acme Tea</a>" in visitor.get("members").html


def test_a_name_is_text_on_every_page() -> None:
    visitor = signed_in()
    assert visitor.post("settings", **GIVEN | {"name": EVIL}).status == 303
    html = visitor.get("settings").html
    assert EVIL not in html
    assert html.count("&lt;u&gt;&#39;&#34;{{7*7}}") == 4  # title, header, heading, field


def drawn(size: tuple[int, int] = (300, 200)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "darkred").save(out, "PNG")
    return out.getvalue()


def kept() -> tuple[int, int] | None:
    """Return the pixels of the logo that codes have, None where they have none."""
    try:
        logo = logos.read_logo(ORGANIZATION)
    except NotFound:
        return None
    return logo.width, logo.height


def test_the_logo_of_codes_is_kept_replaced_and_taken_away() -> None:
    visitor = signed_in()
    assert 'href="/console/settings/logo"' in visitor.get("settings").html
    assert visitor.get("settings/logo").status == 200
    for size, drawn_at in (((300, 200), (256, 171)), ((60, 40), (60, 40))):
        sent = visitor.upload("settings/logo", "image", drawn(size))
        assert sent.location == "settings?done=saved", sent.text
        assert kept() == drawn_at
    nothing = visitor.upload("settings/logo", "image", b"")
    assert (nothing.status, 'id="wrong-image"' in nothing.html) == (400, True)
    assert kept() == (60, 40)
    assert visitor.post("settings/logo", remove="yes").location == "settings?done=saved"
    assert kept() is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<svg onload=alert(1)>", "不是可读取的 PNG 或 JPEG"),
        (b"x" * 45_001, "超过 45000 字节"),
        (drawn((4_097, 1)), "边长超过 4096 像素"),
    ],
    ids=["svg", "bytes", "pixels"],
)
def test_what_is_no_logo_stands_at_its_field(content: bytes, reason: str) -> None:
    seen = signed_in(language="zh").upload("settings/logo", "image", content)
    assert (seen.status, f'id="wrong-image">{reason}' in seen.html) == (400, True)
    assert "该 Logo 不能使用。" in seen.text
    assert kept() is None


def test_what_is_larger_than_the_api_takes_is_refused() -> None:
    seen = signed_in().upload("settings/logo", "image", b"x" * 2_000_000)
    assert 400 <= seen.status < 500
    assert kept() is None


def test_only_operators_see_it() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    assert visitor.get("settings/logo").status == 403
    assert visitor.post("settings/logo", remove="yes").status == 403
    assert visitor.get("settings").status == 403
    assert visitor.post("settings", **GIVEN).status == 403
    assert ask("GET", "")["name"] == "Acme Tea"
