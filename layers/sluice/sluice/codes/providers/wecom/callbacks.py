"""What WeCom sends to a callback address: the GET that tests it, the POSTs with events (A6).

WeCom waits one second for the echo and five for an event, sends three times more without an
answer of 200, and then never again: acknowledge once it is stored, reconcile at night.
"""

from collections.abc import Mapping, Sequence

import msgspec

from sluice.codes.providers.wecom import happenings
from sluice.codes.providers.wecom.happenings import Happening
from sluice.shared.claims import hash_of
from sluice.shared.errors import Invalid, Unauthenticated
from sluice.shared.providers import sealing, xml
from sluice.shared.providers.sealing import CallbackKey

_CONTACT, _CHAT = "change_external_contact", "change_external_chat"
_TYPES: Mapping[tuple[str, str], type[Happening]] = {
    (_CONTACT, "add_external_contact"): happenings.ContactAdded,
    (_CONTACT, "add_half_external_contact"): happenings.ContactAdded,
    (_CONTACT, "edit_external_contact"): happenings.ContactEdited,
    (_CONTACT, "del_external_contact"): happenings.ContactLost,
    (_CONTACT, "del_follow_user"): happenings.ContactLost,
    (_CONTACT, "transfer_fail"): happenings.TransferFailed,
    (_CHAT, "create"): happenings.GroupCreated,
    (_CHAT, "update"): happenings.GroupChanged,
    (_CHAT, "dismiss"): happenings.GroupDismissed,
}
_MEMBERS = ("add_member", "del_member")
_MEMBER_LIST = "MemChangeList"
# What tells one event from another. FromUserName is always `sys` and times are whole seconds, so
# the pair that WeCom documents would drop real customers.
_CONTACT_KEY = ("Event", "ChangeType", "CreateTime", "UserID", "ExternalUserID")
_CHAT_KEY = ("Event", "ChangeType", "CreateTime", "ChatId", "UpdateDetail", "CurMemVer")


def answer_echo(keys: Sequence[CallbackKey], corp_id: str, query: Mapping[str, str]) -> bytes:
    """Return what WeCom expects back when the address is entered. Raises Unauthenticated."""
    return _unseal(keys, corp_id, query, query.get("echostr", ""))


def read(
    keys: Sequence[CallbackKey], corp_id: str, query: Mapping[str, str], body: bytes
) -> Happening:
    """Return what happened.

    Raises:
        Unauthenticated: it is not WeCom's, not for this corporation, or damaged.
        Invalid: it is WeCom's and lacks what such an event has, so nothing can be done with it.
    """
    try:
        sealed = xml.parse(body).get("Encrypt", "")
    except ValueError:
        sealed = ""
    message = _unseal(keys, corp_id, query, sealed if isinstance(sealed, str) else "")
    return parse(corp_id, message)


def parse(corp_id: str, message: bytes) -> Happening:
    """Return what a decrypted message tells. Raises Invalid."""
    try:
        fields = xml.parse(message)
        return msgspec.convert(_shaped(corp_id, fields, message), _type_of(fields), strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise Invalid(f"WeCom's event cannot be read: {error}") from None


def _unseal(
    keys: Sequence[CallbackKey], corp_id: str, query: Mapping[str, str], sealed: str
) -> bytes:
    if not sealed:
        raise Unauthenticated(sealing.REFUSAL)
    return sealing.unseal(
        keys,
        corp_id,
        signature=query.get("msg_signature", ""),
        timestamp=query.get("timestamp", ""),
        nonce=query.get("nonce", ""),
        sealed=sealed,
    )


def _type_of(fields: xml.Fields) -> type[Happening]:
    kind = _TYPES.get((str(fields.get("Event")), str(fields.get("ChangeType"))))
    if kind is happenings.GroupChanged and fields.get("UpdateDetail") in _MEMBERS:
        return happenings.GroupMembersChanged
    return kind or happenings.Ignored


def _shaped(corp_id: str, fields: xml.Fields, message: bytes) -> dict[str, object]:
    """Return the fields as their type takes them, with the deduplication key."""
    shaped: dict[str, object] = {name: text for name, text in fields.items() if text}
    listed = fields.get(_MEMBER_LIST, [])
    if isinstance(listed, str):  # as older versions sent it: one text, with commas
        listed = [member.strip() for member in listed.split(",") if member.strip()]
    shaped[_MEMBER_LIST] = listed
    if fields.get("Event") == _CONTACT:
        parts = [str(fields.get(name, "")) for name in _CONTACT_KEY]
    elif fields.get("Event") == _CHAT:
        parts = [str(fields.get(name, "")) for name in _CHAT_KEY] + sorted(listed)
    else:
        parts = [message.hex()]
    return {**shaped, "key": hash_of(corp_id, *parts)}
