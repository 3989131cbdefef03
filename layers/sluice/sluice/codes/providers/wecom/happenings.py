"""What WeCom tells, typed: customers added and lost, group members joined and left."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Short = Annotated[str, Meta(max_length=64)]
_MAX_MEMBERS = 1_000


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What every event has. `key` is the same however often WeCom tells it, else its own."""

    key: str
    at: Annotated[datetime, Meta(tz=True)] = field(name="CreateTime")


class ContactEvent(Event, frozen=True, kw_only=True):
    """An event between one employee and one customer."""

    user_id: Id = field(name="UserID")
    external_user_id: Id = field(name="ExternalUserID")


class ContactAdded(ContactEvent, frozen=True, kw_only=True):
    """They are in contact; half: the employee has not confirmed the customer yet.

    `state` is the way's, empty where no way of ours led here. The welcome code is valid for 20
    seconds, once; WeCom gives none where a welcome is set in its console or was sent already.
    """

    change: Literal["add_external_contact", "add_half_external_contact"] = field(name="ChangeType")
    state: Short = field(default="", name="State")
    welcome_code: Annotated[str, Meta(max_length=512)] = field(default="", name="WelcomeCode")


class ContactEdited(ContactEvent, frozen=True, kw_only=True):
    """The employee changed the customer's remark or tags."""

    change: Literal["edit_external_contact"] = field(name="ChangeType")


class ContactLost(ContactEvent, frozen=True, kw_only=True):
    """One deleted the other, or a colleague has taken the customer over."""

    change: Literal["del_external_contact", "del_follow_user"] = field(name="ChangeType")

    @property
    def by(self) -> Literal["member", "customer"]:
        """Who deleted: the employee or the customer."""
        return "member" if self.change == "del_external_contact" else "customer"


class TransferFailed(ContactEvent, frozen=True, kw_only=True):
    """A customer could not be handed to this employee."""

    change: Literal["transfer_fail"] = field(name="ChangeType")


class GroupEvent(Event, frozen=True, kw_only=True):
    """An event of a customer group."""

    chat_id: Id = field(name="ChatId")


class GroupCreated(GroupEvent, frozen=True, kw_only=True):
    """A customer group exists from now on."""

    change: Literal["create"] = field(name="ChangeType")


class GroupDismissed(GroupEvent, frozen=True, kw_only=True):
    """A customer group is no more."""

    change: Literal["dismiss"] = field(name="ChangeType")


class GroupChanged(GroupEvent, frozen=True, kw_only=True):
    """A group has another owner, name or notice."""

    change: Literal["update"] = field(name="ChangeType")
    detail: Short = field(name="UpdateDetail")


class GroupMembersChanged(GroupEvent, frozen=True, kw_only=True):
    """People joined or left, employees too: `groupchat/get` tells who is what, and with a lag.

    WeCom names `members` for groups of recent clients only.
    """

    change: Literal["update"] = field(name="ChangeType")
    detail: Literal["add_member", "del_member"] = field(name="UpdateDetail")
    members: Annotated[tuple[Id, ...], Meta(max_length=_MAX_MEMBERS)] = field(
        default=(), name="MemChangeList"
    )
    quit_scene: int = field(default=0, name="QuitScene")

    @property
    def joined(self) -> bool:
        """Whether they joined; else they left."""
        return self.detail == "add_member"


class Ignored(Event, frozen=True, kw_only=True):
    """Something else: acknowledged, and nothing done."""

    event: str = field(default="", name="Event")
    change: str = field(default="", name="ChangeType")


type Happening = (
    ContactAdded
    | ContactEdited
    | ContactLost
    | TransferFailed
    | GroupCreated
    | GroupDismissed
    | GroupChanged
    | GroupMembersChanged
    | Ignored
)
