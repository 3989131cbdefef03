"""Reading WeCom's callbacks (A6, A7): every event typed, told twice recognised, nothing else in."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.providers.wecom import callbacks
from sluice.codes.providers.wecom.happenings import (
    ContactAdded,
    ContactEdited,
    ContactLost,
    GroupChanged,
    GroupCreated,
    GroupDismissed,
    GroupMembersChanged,
    Happening,
    Ignored,
    TransferFailed,
)
from sluice.shared.errors import Invalid, Unauthenticated
from sluice.shared.providers import xml
from tests.providers.conftest import KEY
from tests.providers.wecom_double import envelope
from tests.providers.wecom_double.server import CORP_ID

AT = datetime(2014, 6, 24, 11, 48, 33, tzinfo=UTC)  # 1403610513, the time in WeCom's examples


def event_xml(**fields: str) -> str:
    shown = {
        "ToUserName": CORP_ID,
        "FromUserName": "sys",
        "CreateTime": "1403610513",
        "MsgType": "event",
        **fields,
    }
    texts = "".join(
        f"<{name}>{text}</{name}>"
        if text.startswith("<")
        else f"<{name}><![CDATA[{text}]]></{name}>"
        for name, text in shown.items()
    )
    return f"<xml>{texts}</xml>"


def contact_xml(change: str, **more: str) -> str:
    people = {"UserID": "zhangsan", "ExternalUserID": "woAJ2GCAAA"}
    return event_xml(Event="change_external_contact", ChangeType=change, **people | more)


def chat_xml(change: str, **more: str) -> str:
    return event_xml(
        Event="change_external_chat", ChangeType=change, **{"ChatId": "wrx7HUAR"} | more
    )


def members_xml(detail: str, *members: str, **more: str) -> str:
    listed = "".join(f"<Item>{member}</Item>" for member in members)
    shown = {"UpdateDetail": detail, "MemChangeCnt": str(len(members)), "MemChangeList": listed}
    return chat_xml("update", **shown, **more)


def read(document: str) -> Happening:
    return callbacks.parse(CORP_ID, document.encode())


def test_a_customer_added_is_read_with_state_and_welcome_code() -> None:
    for change in ("add_external_contact", "add_half_external_contact"):
        event = read(contact_xml(change, State="teststate", WelcomeCode="WELCOMECODE"))
        assert isinstance(event, ContactAdded)
        assert (event.user_id, event.external_user_id) == ("zhangsan", "woAJ2GCAAA")
        assert (event.state, event.welcome_code) == ("teststate", "WELCOMECODE")
        assert event.at == AT


def test_a_customer_added_outside_our_ways_has_no_state() -> None:
    for document in (
        contact_xml("add_external_contact"),
        contact_xml("add_external_contact", State=""),
    ):
        event = read(document)
        assert isinstance(event, ContactAdded)
        assert (event.state, event.welcome_code) == ("", "")


@pytest.mark.parametrize(
    ("document", "by"),
    [
        (contact_xml("del_external_contact"), "member"),
        (contact_xml("del_external_contact", Source="DELETE_BY_TRANSFER"), "member"),
        (contact_xml("del_follow_user"), "customer"),
    ],
)
def test_a_loss_tells_who_deleted_whom(document: str, by: str) -> None:
    event = read(document)
    assert isinstance(event, ContactLost)
    assert event.by == by


def test_an_edit_and_a_failed_transfer_are_read() -> None:
    assert isinstance(read(contact_xml("edit_external_contact")), ContactEdited)
    failed = read(contact_xml("transfer_fail", FailReason="customer_refused"))
    assert isinstance(failed, TransferFailed)


def test_groups_are_read() -> None:
    assert isinstance(read(chat_xml("create")), GroupCreated)
    assert isinstance(read(chat_xml("dismiss")), GroupDismissed)
    changed = read(chat_xml("update", UpdateDetail="change_owner"))
    assert isinstance(changed, GroupChanged)
    assert (changed.chat_id, changed.detail) == ("wrx7HUAR", "change_owner")


def test_joining_and_leaving_a_group_names_the_people() -> None:
    joined = read(members_xml("add_member", "wmA", "wmB", JoinScene="3", CurMemVer="v7"))
    assert isinstance(joined, GroupMembersChanged)
    assert (joined.joined, joined.members) == (True, ("wmA", "wmB"))
    left = read(members_xml("del_member", "wmA", QuitScene="0"))
    assert isinstance(left, GroupMembersChanged)
    assert (left.joined, left.members) == (False, ("wmA",))


def test_a_list_of_members_may_be_one_text_or_missing() -> None:
    old = read(chat_xml("update", UpdateDetail="add_member", MemChangeList="wmA, wmB,"))
    none = read(chat_xml("update", UpdateDetail="add_member", MemChangeCnt="3"))
    assert isinstance(old, GroupMembersChanged)
    assert isinstance(none, GroupMembersChanged)
    assert (old.members, none.members) == (("wmA", "wmB"), ())


@pytest.mark.parametrize(
    "document",
    [
        event_xml(Event="change_external_tag", ChangeType="create", Id="t"),
        event_xml(Event="change_external_contact", ChangeType="something_new"),
        event_xml(MsgType="text", Content="hello"),
    ],
)
def test_an_event_of_another_kind_is_ignored_not_refused(document: str) -> None:
    assert isinstance(read(document), Ignored)


SAME = contact_xml("add_external_contact", State="s", WelcomeCode="one")
OTHERS = {
    "change": contact_xml("add_half_external_contact", State="s", WelcomeCode="one"),
    "time": contact_xml("add_external_contact", CreateTime="1403610514"),
    "employee": contact_xml("add_external_contact", UserID="lisi"),
    "customer": contact_xml("add_external_contact", ExternalUserID="woOther"),
    "event": event_xml(
        Event="change_external_chat", ChangeType="add_external_contact", UserID="zhangsan"
    ),
}


def test_an_event_told_twice_has_one_key_whatever_else_differs() -> None:
    """The nonce, the signature and the encryption of a retry are new; so may these fields be."""
    again = contact_xml("add_external_contact", State="s", WelcomeCode="two", Source="x")
    assert read(SAME).key == read(again).key


@pytest.mark.parametrize("what", OTHERS)
def test_a_different_event_of_the_same_second_has_another_key(what: str) -> None:
    """FromUserName is always `sys`: with CreateTime alone two customers would be one."""
    assert read(SAME).key != read(OTHERS[what]).key


def test_another_corporation_has_another_key() -> None:
    assert callbacks.parse("wwother", SAME.encode()).key != read(SAME).key


def test_two_who_join_a_group_in_one_second_are_two_events() -> None:
    first, second = members_xml("add_member", "wmA"), members_xml("add_member", "wmB")
    keys = {
        read(first).key,
        read(second).key,
        read(members_xml("del_member", "wmA")).key,
        read(members_xml("add_member", "wmA", CurMemVer="v2")).key,
        read(members_xml("add_member", "wmA", ChatId="wrOther")).key,
    }
    assert len(keys) == 5
    assert read(first).key == read(members_xml("add_member", "wmA")).key


@pytest.mark.parametrize(
    "document",
    [
        contact_xml("add_external_contact", UserID=""),
        contact_xml("add_external_contact", ExternalUserID="x" * 65),
        contact_xml("add_external_contact", State="x" * 65),
        contact_xml("add_external_contact", CreateTime="soon"),
        contact_xml("add_external_contact", CreateTime="9" * 30),
        chat_xml("create", ChatId=""),
        members_xml("add_member", "x" * 65),
        "<xml><Event>change_external_contact</Event>",
        "<html></html>",
        "",
    ],
)
def test_a_message_of_wecom_that_lacks_what_it_needs_is_invalid(document: str) -> None:
    with pytest.raises(Invalid):
        read(document)


LAUGHS = (
    '<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'
)
FILE = '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Encrypt>&f;</Encrypt></xml>'


@pytest.mark.parametrize(
    "document",
    [
        LAUGHS,
        FILE,
        '<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml></xml>',
        "<xml><Encrypt>&undefined;</Encrypt></xml>",
        "<xml>" + "<a>" * 3 + "</a>" * 3 + "</xml>",
        "<xml>" + "<a></a>" * 2 + "</xml>",
        "<xml><l>" + "<i/>" * 2_001 + "</l></xml>",
        "<xml>" + " " * 65_536 + "</xml>",
        "<other><Encrypt>x</Encrypt></other>",
        "<xml></xml><xml></xml>",
    ],
    ids=[
        "entities",
        "a file",
        "a document type elsewhere",
        "an entity of nowhere",
        "too deep",
        "a field twice",
        "too many",
        "too long",
        "another root",
        "two roots",
    ],
)
def test_xml_with_anything_clever_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match=r"XML|such a document|twice|over|document type"):
        xml.parse(document.encode())
    with pytest.raises(Unauthenticated):
        callbacks.read([KEY], CORP_ID, {}, document.encode())


def test_xml_is_utf8_whatever_it_says_of_itself() -> None:
    said = '<?xml version="1.0" encoding="utf-7"?><xml><Name>茶</Name></xml>'
    assert xml.parse(said.encode()) == {"Name": "茶"}


@given(st.binary(max_size=200))
def test_any_bytes_are_fields_or_a_value_error(document: bytes) -> None:
    try:
        assert isinstance(xml.parse(document), dict)
    except ValueError:
        return


def signed(message: str) -> tuple[dict[str, str], str]:
    sealed = envelope.seal(KEY.encoding_aes_key, CORP_ID, message)
    signature = envelope.sign(KEY.token, "1", "2", sealed)
    return {"msg_signature": signature, "timestamp": "1", "nonce": "2"}, sealed


def test_a_sealed_callback_is_opened_and_read() -> None:
    query, sealed = signed(SAME)
    body = envelope.wrapped(CORP_ID, sealed).encode()
    assert callbacks.read([KEY], CORP_ID, query, body).key == read(SAME).key


@pytest.mark.parametrize("missing", ["msg_signature", "timestamp", "nonce"])
def test_a_callback_without_a_part_of_its_signature_is_refused(missing: str) -> None:
    query, sealed = signed(SAME)
    del query[missing]
    with pytest.raises(Unauthenticated):
        callbacks.read([KEY], CORP_ID, query, envelope.wrapped(CORP_ID, sealed).encode())


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"<xml></xml>", b"<xml><Encrypt><i>x</i></Encrypt></xml>"]
)
def test_a_callback_without_a_sealed_message_is_refused(body: bytes) -> None:
    query, _ = signed("")
    with pytest.raises(Unauthenticated):
        callbacks.read([KEY], CORP_ID, query, body)


def test_the_echo_is_answered_with_what_was_sealed() -> None:
    query, sealed = signed("1616140317555161061")
    answer = callbacks.answer_echo([KEY], CORP_ID, {**query, "echostr": sealed})
    assert answer == b"1616140317555161061"


def test_an_echo_for_another_corporation_or_without_text_is_refused() -> None:
    query, sealed = signed("1616140317555161061")
    for corp_id, echo in (("wwother", sealed), (CORP_ID, ""), (CORP_ID, sealed[:-4])):
        with pytest.raises(Unauthenticated):
            callbacks.answer_echo([KEY], corp_id, {**query, "echostr": echo})
