"""What people do at WeCom, each step with the callback it causes."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.providers.wecom_double.sender import Sender, Sent
from tests.providers.wecom_double.state import (
    Corporation,
    Employee,
    Group,
    GroupMember,
    Relation,
    Welcome,
)

_QR_CODE = 3
_CHAT = "change_external_chat"


def _fields(values: Mapping[str, str | int]) -> str:
    return "".join(
        f"<{name}>{value}</{name}>" if isinstance(value, int) else _text(name, value)
        for name, value in values.items()
    )


def _text(name: str, value: str) -> str:
    return f"<{name}><![CDATA[{value}]]></{name}>"


class People:
    """Employees and customers of a corporation; `sent` is what WeCom called back."""

    def __init__(self, corporation: Corporation) -> None:
        self._corporation = corporation
        self.sender: Sender | None = None
        self.sent: list[Sent] = []

    def employ(self, *user_ids: str, refused: int = 0) -> None:
        """Have employees; `refused` is the errcode that stands for what is wrong with them."""
        for user_id in user_ids:
            self._corporation.employees[user_id] = Employee(user_id, refused)

    def found_group(self, chat_id: str, owner: str, name: str = "Tea lovers") -> None:
        """Let an employee found a customer group."""
        group = Group(chat_id, name, owner)
        group.members[owner] = GroupMember(owner, 1, self._corporation.now, 1)
        self._corporation.groups[chat_id] = group
        self._tell(_CHAT, "create", {"ChatId": chat_id})

    def dismiss_group(self, chat_id: str) -> None:
        """Let a group end."""
        del self._corporation.groups[chat_id]
        self._tell(_CHAT, "dismiss", {"ChatId": chat_id})

    def scan(
        self, config_id: str, external_user_id: str, unionid: str = "", *, half: bool = False
    ) -> None:
        """Let a customer add the employee of a contact way by its QR code."""
        way = self._corporation.contact_ways[config_id]
        self._corporation.unionids[external_user_id] = unionid
        self._add(way["user"][0], external_user_id, way["state"], half=half)

    def accept(self, user_id: str, external_user_id: str) -> None:
        """Let the employee confirm a customer who was added half: no welcome code comes again."""
        relation = self._corporation.relations[user_id, external_user_id]
        relation.half = False
        self._contact("add_external_contact", user_id, external_user_id, State=relation.state)

    def edit(self, user_id: str, external_user_id: str, remark: str) -> None:
        """Let the employee change the customer's remark in the app."""
        self._corporation.relations[user_id, external_user_id].remark = remark
        self._contact("edit_external_contact", user_id, external_user_id)

    def delete_by_customer(self, user_id: str, external_user_id: str) -> None:
        """Let the customer delete the employee."""
        del self._corporation.relations[user_id, external_user_id]
        self._contact("del_follow_user", user_id, external_user_id)

    def delete_by_employee(
        self, user_id: str, external_user_id: str, *, transferred: bool = False
    ) -> None:
        """Let the employee delete the customer, or lose them to another employee."""
        del self._corporation.relations[user_id, external_user_id]
        source = {"Source": "DELETE_BY_TRANSFER"} if transferred else {}
        self._contact("del_external_contact", user_id, external_user_id, **source)

    def fail_transfer(self, user_id: str, external_user_id: str) -> None:
        """Let a customer refuse to be handed to an employee."""
        reason = {"FailReason": "customer_refused"}
        self._contact("transfer_fail", user_id, external_user_id, **reason)

    def chat(self, welcome_code: str) -> None:
        """Let customer and employee talk before the welcome."""
        self._corporation.welcomes[welcome_code].used = True

    def join_group(self, config_id: str, external_user_id: str, unionid: str = "") -> str:
        """Let a customer scan a join way; return the group they are in now."""
        way = self._corporation.join_ways[config_id]
        self._corporation.unionids[external_user_id] = unionid
        group = self._group_with_room(way)
        group.members[external_user_id] = GroupMember(
            external_user_id, 2, self._corporation.now, _QR_CODE, way["state"]
        )
        self._change(group, "add_member", external_user_id, JoinScene=_QR_CODE)
        return group.chat_id

    def _group_with_room(self, way: dict[str, Any]) -> Group:
        """Return the first of a way's groups with room; a new one where it may be made.

        That a new group takes its place in the way's list is our guess: no document says so.
        """
        groups = [self._corporation.groups[str(chat_id)] for chat_id in way["chat_id_list"]]
        most = self._corporation.limits.people_per_group
        found = next((group for group in groups if len(group.members) < most), None)
        if found is not None:
            return found
        assert way["auto_create_room"] == 1, "the way's groups are full"
        number = way.get("room_base_id", 1)
        way["room_base_id"] = number + 1
        chat_id = self._corporation.next_id("wr")
        self.found_group(chat_id, groups[0].owner, f"{way.get('room_base_name', '')}{number}")
        way["chat_id_list"] = [*way["chat_id_list"], chat_id][-5:]
        return self._corporation.groups[chat_id]

    def leave_group(self, chat_id: str, external_user_id: str) -> None:
        """Let a customer leave a group."""
        group = self._corporation.groups[chat_id]
        del group.members[external_user_id]
        self._change(group, "del_member", external_user_id, QuitScene=0)

    def rename_group(self, chat_id: str, name: str) -> None:
        """Give a group another name."""
        self._corporation.groups[chat_id].name = name
        self._tell(_CHAT, "update", {"ChatId": chat_id, "UpdateDetail": "change_name"})

    def tell_something_else(self) -> None:
        """Send an event that Sluice does not know."""
        self._tell("change_external_tag", "create", {"Id": "et1", "TagType": "tag"})

    def _add(self, user_id: str, external_user_id: str, state: str, *, half: bool) -> None:
        corporation = self._corporation
        corporation.relations[user_id, external_user_id] = Relation(corporation.now, state, half)
        code = corporation.next_id("welcome")
        corporation.welcomes[code] = Welcome(user_id, external_user_id, corporation.clock.seconds)
        change = "add_half_external_contact" if half else "add_external_contact"
        self._contact(change, user_id, external_user_id, State=state, WelcomeCode=code)

    def _contact(self, change: str, user_id: str, external_user_id: str, **more: str) -> None:
        people = {"UserID": user_id, "ExternalUserID": external_user_id}
        self._tell("change_external_contact", change, {**people, **more})

    def _change(self, group: Group, detail: str, external_user_id: str, **scene: int) -> None:
        before, group.version = group.version, group.version + 1
        fields: dict[str, str | int] = {
            "ChatId": group.chat_id,
            "UpdateDetail": detail,
            **scene,
            "MemChangeCnt": 1,
        }
        versions = {"LastMemVer": f"v{before}", "CurMemVer": f"v{group.version}"}
        self._tell(_CHAT, "update", {**fields, **versions}, (external_user_id,))

    def _tell(
        self, event: str, change: str, more: Mapping[str, str | int], members: Sequence[str] = ()
    ) -> None:
        if self.sender is None:
            return
        listed = "".join(_text("Item", member) for member in members)
        body = _fields(
            {
                "ToUserName": self._corporation.corp_id,
                "FromUserName": "sys",
                "CreateTime": self._corporation.now,
                "MsgType": "event",
                "Event": event,
                "ChangeType": change,
                **more,
            }
        ) + (f"<MemChangeList>{listed}</MemChangeList>" if members else "")
        self.sent.append(self.sender.send(f"<xml>{body}</xml>", self._corporation.now))
