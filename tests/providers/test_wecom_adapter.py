"""WeCom in Sluice's words (A6, A7, A9), against the double."""

import os
import subprocess
import sys

import pytest

from sluice.codes.providers.protocol import (
    Asked,
    ChannelChanged,
    Connected,
    Lost,
    Provider,
    Told,
    Way,
)
from sluice.codes.providers.wecom import callbacks
from sluice.codes.providers.wecom.adapter import WeCom
from sluice.codes.providers.wecom.client import Client
from sluice.codes.providers.wecom.telling import told_of
from sluice.shared.providers.failures import NotThere, TooLate
from tests.providers.conftest import ACCOUNT
from tests.providers.test_wecom_callbacks import AT, chat_xml, contact_xml, event_xml, members_xml
from tests.providers.wecom_double import WeComDouble
from tests.providers.wecom_double.server import CORP_ID

CONTACT = Asked(kind="contact", provider_ref="zhangsan", state="channel-key", name="Window 3")
GROUP = Asked(kind="group", provider_ref="wr1", state="group-key", name="Group 1")


@pytest.fixture
def provider(client: Client) -> Provider:
    return WeCom(ACCOUNT, client)


def told(document: str) -> list[Told]:
    return list(told_of(callbacks.parse(CORP_ID, document.encode())))


def came(wecom: WeComDouble, external: str = "wmA") -> Connected:
    """Return what the newest addition of a customer tells."""
    return Connected(
        key="k",
        at=AT,
        kind="contact",
        provider_ref="zhangsan",
        customer_ref=external,
        state="channel-key",
        welcome_code=list(wecom.corporation.welcomes)[-1],
    )


def joined(external: str = "wmA") -> Connected:
    return Connected(key="k", at=AT, kind="group", provider_ref="wr1", customer_ref=external)


def test_a_customer_added_half_or_whole_has_come() -> None:
    for change in ("add_external_contact", "add_half_external_contact"):
        (found,) = told(contact_xml(change, State="s", WelcomeCode="w"))
        assert isinstance(found, Connected)
        assert (found.kind, found.provider_ref, found.customer_ref) == (
            "contact",
            "zhangsan",
            "woAJ2GCAAA",
        )
        assert (found.state, found.welcome_code, found.at) == ("s", "w", AT)


@pytest.mark.parametrize(
    ("change", "by"), [("del_external_contact", "member"), ("del_follow_user", "customer")]
)
def test_a_loss_is_told_by_side(change: str, by: str) -> None:
    (found,) = told(contact_xml(change))
    assert isinstance(found, Lost)
    assert (found.by, found.customer_ref) == (by, "woAJ2GCAAA")


def test_each_person_of_a_group_event_is_told_under_a_key_of_their_own() -> None:
    both = told(members_xml("add_member", "wmA", "wmB", JoinScene="3"))
    assert [type(each) for each in both] == [Connected, Connected]
    assert len({each.key for each in both}) == 2
    assert both == told(members_xml("add_member", "wmA", "wmB", JoinScene="3"))
    left = told(members_xml("del_member", "wmA", QuitScene="0"))
    thrown_out = told(members_xml("del_member", "wmA", QuitScene="1"))
    assert [e.by for e in (*left, *thrown_out) if isinstance(e, Lost)] == ["customer", "member"]


@pytest.mark.parametrize(
    ("document", "change"),
    [
        (chat_xml("create"), "new"),
        (chat_xml("dismiss"), "gone"),
        (chat_xml("update", UpdateDetail="change_name"), "changed"),
        (chat_xml("update", UpdateDetail="add_member", MemChangeCnt="3"), "changed"),
    ],
)
def test_a_changed_group_refreshes_the_channel_list(document: str, change: str) -> None:
    """A9; the last one names nobody, so the group has to be read."""
    (found,) = told(document)
    assert isinstance(found, ChannelChanged)
    assert (found.provider_ref, found.change) == ("wrx7HUAR", change)


def test_what_is_of_no_matter_tells_nothing() -> None:
    for document in (
        contact_xml("edit_external_contact"),
        contact_xml("transfer_fail", FailReason="customer_refused"),
        event_xml(Event="change_external_tag", ChangeType="create"),
    ):
        assert told(document) == []


def test_a_contact_way_lives_with_its_channel(wecom: WeComDouble, provider: Provider) -> None:
    way = provider.put_way(CONTACT, None)
    moved = Asked(kind="contact", provider_ref="lisi", state="channel-key")
    assert provider.put_way(moved, way) == way
    assert wecom.corporation.contact_ways[way.id]["user"] == ["lisi"]
    provider.delete_way("contact", way)
    provider.delete_way("contact", way)  # gone is deleted
    assert wecom.corporation.contact_ways == {}


def test_a_join_way_lives_with_its_channel(wecom: WeComDouble, provider: Provider) -> None:
    wecom.people.found_group("wr1", "zhangsan")
    way = provider.put_way(GROUP, None)
    assert way.qr_url.startswith("https://")
    assert provider.put_way(GROUP, way) == way
    provider.delete_way("group", way)
    assert wecom.corporation.join_ways == {}


def test_a_way_that_somebody_deleted_is_made_again(wecom: WeComDouble, provider: Provider) -> None:
    wecom.people.found_group("wr1", "zhangsan")
    for asked, kept in (
        (CONTACT, wecom.corporation.contact_ways),
        (GROUP, wecom.corporation.join_ways),
    ):
        new = provider.put_way(asked, Way("gone", ""))
        assert list(kept) == [new.id]


def test_a_way_to_an_employee_who_is_gone_is_not_made(provider: Provider) -> None:
    nobody = Asked(kind="contact", provider_ref="nobody", state="s")
    for way in (None, Way("gone", "")):
        with pytest.raises(NotThere):
            provider.put_way(nobody, way)


def test_who_came_is_known_by_unionid(wecom: WeComDouble, provider: Provider) -> None:
    """A6: it joins the callback to the request."""
    way = provider.put_way(CONTACT, None)
    wecom.people.scan(way.id, "wmA", unionid="o-union")
    found = provider.identify(came(wecom))
    assert found
    assert (found.unionid, found.state) == ("o-union", "channel-key")
    with pytest.raises(NotThere):
        provider.identify(came(wecom, "wmNobody"))


def test_who_joined_a_group_is_known_once_wecom_shows_it(
    wecom: WeComDouble, provider: Provider
) -> None:
    wecom.people.found_group("wr1", "zhangsan")
    group = wecom.corporation.groups["wr1"]
    group.shown = dict(group.members)
    wecom.people.join_group(provider.put_way(GROUP, None).id, "wmA", unionid="o-union")
    with pytest.raises(NotThere):
        provider.identify(joined())
    group.shown = None
    found = provider.identify(joined())
    assert found
    assert (found.unionid, found.state) == ("o-union", "group-key")
    assert provider.identify(joined("zhangsan")) is None


def test_a_customer_is_welcomed_and_described(wecom: WeComDouble, provider: Provider) -> None:
    wecom.people.scan(provider.put_way(CONTACT, None).id, "wmA")
    customer = came(wecom)
    provider.welcome(customer, "Welcome")
    provider.describe(customer, "From window 3", ["t1"])
    provider.describe(customer, "From window 3", ["t1"])
    relation = wecom.corporation.relations["zhangsan", "wmA"]
    assert (relation.remark, relation.tags) == ("From window 3", {"t1"})
    with pytest.raises(TooLate):
        provider.welcome(customer, "Welcome")
    before = len(wecom.log)
    provider.welcome(joined(), "Welcome")  # no code: WeCom's console has a welcome, or a group
    provider.describe(joined(), "x", ["t1"])
    assert len(wecom.log) == before


def test_channels_and_customers_are_listed_for_the_sync(
    wecom: WeComDouble, provider: Provider
) -> None:
    """A9."""
    wecom.people.found_group("wr1", "zhangsan")
    wecom.people.scan(provider.put_way(CONTACT, None).id, "wmA")
    wecom.people.join_group(provider.put_way(GROUP, None).id, "wmB")
    assert [(each.kind, each.provider_ref) for each in provider.channels()] == [
        ("contact", "zhangsan"),
        ("contact", "lisi"),
        ("group", "wr1"),
    ]
    (held,) = provider.customers("contact", ["zhangsan", "lisi"])
    assert (held.provider_ref, held.customer_ref, held.state) == ("zhangsan", "wmA", "channel-key")
    assert held.since.timestamp() == wecom.corporation.now
    (member,) = provider.customers("group", ["wr1"])
    assert (member.provider_ref, member.customer_ref, member.state) == ("wr1", "wmB", "group-key")


def test_a_join_loads_nothing_of_wecoms() -> None:
    """The join is the hot path: no encryption, no HTTP client of WeCom's, no token."""
    asked = (
        "import sys; import tests.conftest; import functions.codes.assign_channel.handler;"
        "print(*(m for m in sys.modules if 'wecom' in m or m.endswith('providers.sandbox')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(["layers/sluice", "."])},
    )
    assert done.stdout.split() == []
