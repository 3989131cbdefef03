"""What WeCom answers, as far as it is used. Names are WeCom's own; other fields are ignored."""

from typing import Annotated

from msgspec import Meta, Struct


class Token(Struct, frozen=True):
    """Of gettoken."""

    access_token: Annotated[str, Meta(min_length=1, max_length=512)]
    expires_in: Annotated[int, Meta(ge=0, le=86_400)]  # seconds

    def __repr__(self) -> str:
        """Show nothing of the token."""
        return f"Token(expires_in={self.expires_in})"


class Way(Struct, frozen=True):
    """Of add_contact_way: without its config_id it can never be changed."""

    config_id: str
    qr_code: str = ""


class JoinWay(Struct, frozen=True):
    """A way into groups; its QR code is a picture's address."""

    config_id: str
    qr_code: str = ""
    state: str = ""
    remark: str = ""
    chat_id_list: tuple[str, ...] = ()
    auto_create_room: int = 1
    room_base_name: str = ""
    room_base_id: int = 0


class FoundJoinWay(Struct, frozen=True):
    """Of get_join_way."""

    join_way: JoinWay


class Made(Struct, frozen=True):
    """Of add_join_way, which gives no QR code yet."""

    config_id: str


class Person(Struct, frozen=True):
    """A customer: type 1 uses WeChat, 2 WeCom. `unionid` needs a bound developer account."""

    external_userid: str
    type: int = 1
    unionid: str = ""


class Follow(Struct, frozen=True):
    """An employee's relation to a customer; `createtime` in seconds."""

    userid: str
    createtime: int = 0
    state: str = ""


class Customer(Struct, frozen=True):
    """Of externalcontact/get; over 500 employees come in pages."""

    external_contact: Person
    follow_user: tuple[Follow, ...] = ()
    next_cursor: str = ""


class FollowedCustomer(Struct, frozen=True):
    """A row of batch/get_by_user: a customer as one employee has them."""

    external_contact: Person
    follow_info: Follow


class Unlicensed(Struct, frozen=True):
    """Employees whose customers are not in the list, for want of a licence of the interface."""

    unlicensed_userid_list: tuple[str, ...] = ()


class CustomerPage(Struct, frozen=True):
    """Of batch/get_by_user. `next_cursor` is empty on the last page."""

    external_contact_list: tuple[FollowedCustomer, ...] = ()
    next_cursor: str = ""
    fail_info: Unlicensed = Unlicensed()


class FollowUsers(Struct, frozen=True):
    """Of get_follow_user_list: employees with the right to external contacts."""

    follow_user: tuple[str, ...] = ()


class GroupRow(Struct, frozen=True):
    """A group; status 0 is in order, others are being handed over."""

    chat_id: str
    status: int = 0


class GroupPage(Struct, frozen=True):
    """Of groupchat/list."""

    group_chat_list: tuple[GroupRow, ...] = ()
    next_cursor: str = ""


class GroupMember(Struct, frozen=True):
    """A member: type 1 is an employee, 2 a customer; `state` is the join way's."""

    userid: str
    type: int
    join_time: int = 0
    unionid: str = ""
    state: str = ""


class Group(Struct, frozen=True):
    """A group with its members; it lags the event by seconds."""

    chat_id: str
    member_list: tuple[GroupMember, ...] = ()


class FoundGroup(Struct, frozen=True):
    """Of groupchat/get."""

    group_chat: Group


class Nothing(Struct, frozen=True):
    """Of calls that answer no more than that it is done."""
