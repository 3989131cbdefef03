"""Contact ways (an employee's QR code) and join ways (a group's): one for each channel.

A corporation has 500,000 of both together, and `state` belongs to the way, not to the scan: it is
an opaque key of the channel, never of a referrer or a customer.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from sluice.codes.providers.wecom import answers
from sluice.codes.providers.wecom.client import Client

MAX_STATE = 30
MAX_REMARK = 30
MAX_GROUPS = 5
MAX_ROOM_NAME = 40
_ONE_EMPLOYEE = 1
_QR_CODE = 2
_CALL = "externalcontact/"
_GROUP_CALL = "externalcontact/groupchat/"


class ContactWay(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact way is to be. `skip_verify`: customers are added without being confirmed."""

    user_id: str
    state: str
    remark: str = ""
    skip_verify: bool = True


class JoinWay(msgspec.Struct, frozen=True, kw_only=True):
    """What a join way is to be: into the first of the groups with room.

    `auto_create`: a full one is followed by a new group `room_base_name` + number, counted from
    `room_base_id`.
    """

    chat_ids: Sequence[str]
    state: str
    remark: str = ""
    auto_create: bool = False
    room_base_name: str = ""
    room_base_id: int = 1


def add_contact_way(client: Client, way: ContactWay) -> answers.Way:
    """Make a way to one employee and return its config_id and QR code's address."""
    body = {"type": _ONE_EMPLOYEE, "scene": _QR_CODE, **_contact_fields(way)}
    return client.post(_CALL + "add_contact_way", body, answers.Way)


def update_contact_way(client: Client, config_id: str, way: ContactWay) -> None:
    """Change a way: the employee too, not its type. Raises NotThere."""
    body = {"config_id": config_id, **_contact_fields(way)}
    client.post(_CALL + "update_contact_way", body, answers.Nothing)


def del_contact_way(client: Client, config_id: str) -> None:
    """Delete a way: its QR code leads nowhere from now on. Raises NotThere."""
    client.post(_CALL + "del_contact_way", {"config_id": config_id}, answers.Nothing)


def add_join_way(client: Client, way: JoinWay) -> str:
    """Make a way into groups and return its config_id; `get_join_way` has its QR code."""
    body = {"scene": _QR_CODE, **_join_fields(way)}
    return client.post(_GROUP_CALL + "add_join_way", body, answers.Made).config_id


def get_join_way(client: Client, config_id: str) -> answers.JoinWay:
    """Return a way into groups. Raises NotThere."""
    body = {"config_id": config_id}
    return client.post(_GROUP_CALL + "get_join_way", body, answers.FoundJoinWay).join_way


def update_join_way(client: Client, config_id: str, way: JoinWay) -> None:
    """Change a way into groups; the list of groups is replaced. Raises NotThere."""
    body = {"config_id": config_id, "scene": _QR_CODE, **_join_fields(way)}
    client.post(_GROUP_CALL + "update_join_way", body, answers.Nothing)


def del_join_way(client: Client, config_id: str) -> None:
    """Delete a way into groups. Raises NotThere."""
    client.post(_GROUP_CALL + "del_join_way", {"config_id": config_id}, answers.Nothing)


def _contact_fields(way: ContactWay) -> dict[str, Any]:
    _check_state(way.state)
    return {
        "user": [way.user_id],
        "state": way.state,
        "remark": way.remark[:MAX_REMARK],
        "skip_verify": way.skip_verify,
    }


def _join_fields(way: JoinWay) -> dict[str, Any]:
    _check_state(way.state)
    if not 1 <= len(way.chat_ids) <= MAX_GROUPS:
        raise ValueError(f"a join way has 1 to {MAX_GROUPS} groups")
    fields = {
        "chat_id_list": list(way.chat_ids),
        "state": way.state,
        "remark": way.remark[:MAX_REMARK],
        "auto_create_room": int(way.auto_create),
    }
    if way.auto_create and way.room_base_name:
        fields["room_base_name"] = way.room_base_name[:MAX_ROOM_NAME]
        fields["room_base_id"] = way.room_base_id
    return fields


def _check_state(state: str) -> None:
    if not 1 <= len(state) <= MAX_STATE:
        raise ValueError(f"state is 1 to {MAX_STATE} characters")
