"""The calls of WeCom's API that Sluice uses, on the double's state."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.providers.wecom_double.state import Corporation, GroupMember, Refused

type Body = dict[str, Any]
_INVALID = 40058


def _check(*, valid: bool, what: str) -> None:
    if not valid:
        raise Refused(_INVALID, f"invalid parameter: {what}")


def _check_texts(body: Mapping[str, Any]) -> None:
    _check(valid=len(body.get("remark", "")) <= 30, what="remark")
    _check(valid=len(body.get("state", "")) <= 30, what="state")


def _check_room_for_way(corporation: Corporation) -> None:
    limits = corporation.limits
    if len(corporation.contact_ways) + len(corporation.join_ways) >= limits.ways:
        raise Refused(limits.ways_code, "too many ways")


def _way(ways: dict[str, Body], config_id: str) -> Body:
    if config_id not in ways:
        raise Refused(41044, f"invalid config_id {config_id}")
    return ways[config_id]


def add_contact_way(corporation: Corporation, body: Body) -> Body:
    _check(valid=body.get("type") in (1, 2) and body.get("scene") in (1, 2), what="type, scene")
    _check_texts(body)
    users = body.get("user", [])
    _check(valid=1 <= len(users) <= (1 if body["type"] == 1 else 100), what="user")
    for user_id in users:
        corporation.employee(user_id)
    _check_room_for_way(corporation)
    config_id = corporation.next_id("cw")
    way = {"skip_verify": True, "state": "", "remark": "", **body, "config_id": config_id}
    if body["scene"] == 2:
        way["qr_code"] = f"https://p.qpic.cn/wwhead/{config_id}/0"
    corporation.contact_ways[config_id] = way
    return {key: way[key] for key in ("config_id", "qr_code") if key in way}


def get_contact_way(corporation: Corporation, body: Body) -> Body:
    return {"contact_way": _way(corporation.contact_ways, body["config_id"])}


def update_contact_way(corporation: Corporation, body: Body) -> Body:
    way = _way(corporation.contact_ways, body["config_id"])
    _check(valid="type" not in body, what="type cannot be changed")
    _check_texts(body)
    for user_id in body.get("user", []):
        corporation.employee(user_id)
    way.update(body)
    return {}


def del_contact_way(corporation: Corporation, body: Body) -> Body:
    _way(corporation.contact_ways, body["config_id"])
    del corporation.contact_ways[body["config_id"]]
    return {}


def _check_join_way(corporation: Corporation, body: Body) -> None:
    _check(valid=body.get("scene") in (1, 2), what="scene")
    _check_texts(body)
    chats = body.get("chat_id_list", [])
    _check(valid=1 <= len(chats) <= 5, what="chat_id_list")
    _check(valid=len(body.get("room_base_name", "")) <= 40, what="room_base_name")
    for chat_id in chats:
        corporation.group(chat_id)


def add_join_way(corporation: Corporation, body: Body) -> Body:
    _check_join_way(corporation, body)
    _check_room_for_way(corporation)
    config_id = corporation.next_id("jw")
    corporation.join_ways[config_id] = {
        "auto_create_room": 1,
        "state": "",
        **body,
        "config_id": config_id,
        "qr_code": f"https://p.qpic.cn/wwhead/{config_id}/0",
    }
    return {"config_id": config_id}


def get_join_way(corporation: Corporation, body: Body) -> Body:
    return {"join_way": _way(corporation.join_ways, body["config_id"])}


def update_join_way(corporation: Corporation, body: Body) -> Body:
    way = _way(corporation.join_ways, body["config_id"])
    _check_join_way(corporation, body)
    way.update(body)
    return {}


def del_join_way(corporation: Corporation, body: Body) -> Body:
    _way(corporation.join_ways, body["config_id"])
    del corporation.join_ways[body["config_id"]]
    return {}


def _person(corporation: Corporation, external_user_id: str) -> Body:
    person: Body = {
        "external_userid": external_user_id,
        "name": "a customer",
        "type": 1,
        "gender": 0,
    }
    if corporation.unionids[external_user_id]:
        person["unionid"] = corporation.unionids[external_user_id]
    return person


def _follow(corporation: Corporation, user_id: str, external_user_id: str) -> Body:
    relation = corporation.relations[user_id, external_user_id]
    return {
        "userid": user_id,
        "remark": relation.remark,
        "description": relation.description,
        "createtime": relation.since,
        "state": relation.state,
        "add_way": 1,
    }


def _page(rows: list[Any], cursor: str, limit: int) -> tuple[list[Any], str]:
    start = int(cursor or 0)
    following = start + limit
    return rows[start:following], str(following) if following < len(rows) else ""


def get_customer(corporation: Corporation, query: Body) -> Body:
    external = query.get("external_userid", "")
    if external not in corporation.unionids:
        raise Refused(40096, f"invalid external userid {external}")
    users = [user for user, customer in corporation.relations if customer == external]
    if not users:
        raise Refused(84061, "not external contact")
    shown, cursor = _page(users, query.get("cursor", ""), corporation.limits.follow_page)
    found = {
        "external_contact": _person(corporation, external),
        "follow_user": [_follow(corporation, user, external) for user in shown],
    }
    return {**found, "next_cursor": cursor} if cursor else found


def batch_get_by_user(corporation: Corporation, body: Body) -> Body:
    users, limit = body["userid_list"], body.get("limit", 50)
    _check(valid=1 <= len(users) <= 100 and 1 <= limit <= 100, what="userid_list, limit")
    for user_id in users:
        corporation.employee(user_id)
    unlicensed = [user_id for user_id in users if user_id in corporation.unlicensed]
    if unlicensed == users:
        raise Refused(701008, "no license")
    rows = [pair for pair in corporation.relations if pair[0] in users]
    rows = [pair for pair in rows if pair[0] not in unlicensed]
    if not rows and not unlicensed:
        raise Refused(84061, "not external contact")
    shown, cursor = _page(rows, body.get("cursor", ""), limit)
    listed = [
        {
            "external_contact": _person(corporation, customer),
            "follow_info": _follow(corporation, user, customer),
        }
        for user, customer in shown
    ]
    answer = {"external_contact_list": listed, "next_cursor": cursor}
    return answer | ({"fail_info": {"unlicensed_userid_list": unlicensed}} if unlicensed else {})


def get_follow_user_list(corporation: Corporation, _: Body) -> Body:
    return {"follow_user": [e.user_id for e in corporation.employees.values() if not e.refused]}


def send_welcome_msg(corporation: Corporation, body: Body) -> Body:
    _check(valid=bool(body.get("text") or body.get("attachments")), what="text or attachments")
    _check(valid=len(body.get("attachments", [])) <= 9, what="attachments")
    welcome = corporation.welcomes.get(body["welcome_code"])
    if (
        welcome is None
        or corporation.clock.seconds - welcome.at > corporation.limits.welcome_seconds
    ):
        raise Refused(41050, "welcome code is invalid or expired")
    if welcome.used:
        raise Refused(41051, "externaluser has started chatting")
    welcome.used = True
    welcome.text = body.get("text", {}).get("content", "")
    return {}


def remark(corporation: Corporation, body: Body) -> Body:
    _check(valid=len(body.get("remark", "")) <= 20, what="remark")
    relation = corporation.relation(body["userid"], body["external_userid"])
    relation.remark = body.get("remark", relation.remark)
    relation.description = body.get("description", relation.description)
    return {}


def mark_tag(corporation: Corporation, body: Body) -> Body:
    relation = corporation.relation(body["userid"], body["external_userid"])
    relation.tags |= set(body.get("add_tag", []))
    relation.tags -= set(body.get("remove_tag", []))
    return {}


def groupchat_list(corporation: Corporation, body: Body) -> Body:
    _check(valid=1 <= body["limit"] <= 1000, what="limit")
    shown, cursor = _page(list(corporation.groups), body.get("cursor", ""), body["limit"])
    found: Body = {"group_chat_list": [{"chat_id": chat, "status": 0} for chat in shown]}
    return {**found, "next_cursor": cursor} if cursor else found


def groupchat_get(corporation: Corporation, body: Body) -> Body:
    group = corporation.group(body["chat_id"])
    members = group.members if group.shown is None else group.shown
    return {
        "group_chat": {
            "chat_id": group.chat_id,
            "name": group.name,
            "owner": group.owner,
            "create_time": corporation.now,
            "member_list": [_member(corporation, member) for member in members.values()],
            "member_version": str(group.version),
        }
    }


def _member(corporation: Corporation, member: GroupMember) -> Body:
    shown = {key: value for key, value in vars(member).items() if value != ""}
    unionid = corporation.unionids.get(member.userid)
    return {**shown, "unionid": unionid} if unionid else shown


type Serve = Callable[[Corporation, Body], Body]
GETS: dict[str, Serve] = {
    "externalcontact/get": get_customer,
    "externalcontact/get_follow_user_list": get_follow_user_list,
}


def message_send(corporation: Corporation, body: Body) -> Body:
    """Send an app's message; who is not reached is named, and the call still succeeds."""
    _check(valid=isinstance(body.get("agentid"), int), what="agentid")
    kind = body.get("msgtype")
    _check(valid=kind in ("text", "textcard") and kind in body, what="msgtype")
    if kind == "text":
        _check(valid=0 < len(body["text"]["content"].encode()) <= 2048, what="content")
    else:
        card = body["textcard"]
        _check(valid=0 < len(card["title"].encode()) <= 128, what="title")
        _check(valid=0 < len(card["description"].encode()) <= 512, what="description")
        _check(valid=bool(card["url"]), what="url")
    users = body["touser"].split("|")
    known = corporation.employees if body["touser"] == "@all" else users
    reached = [user for user in known if user in corporation.employees]
    if not reached:
        raise Refused(81013, "user & party & tag all invalid")
    corporation.messages.append({**body, "touser": reached})
    missing = "|".join(user for user in users if user not in reached)
    return {"msgid": corporation.next_id("msg"), "invaliduser": missing}


POSTS: dict[str, Serve] = {
    "message/send": message_send,
    "externalcontact/add_contact_way": add_contact_way,
    "externalcontact/get_contact_way": get_contact_way,
    "externalcontact/update_contact_way": update_contact_way,
    "externalcontact/del_contact_way": del_contact_way,
    "externalcontact/batch/get_by_user": batch_get_by_user,
    "externalcontact/send_welcome_msg": send_welcome_msg,
    "externalcontact/remark": remark,
    "externalcontact/mark_tag": mark_tag,
    "externalcontact/groupchat/add_join_way": add_join_way,
    "externalcontact/groupchat/get_join_way": get_join_way,
    "externalcontact/groupchat/update_join_way": update_join_way,
    "externalcontact/groupchat/del_join_way": del_join_way,
    "externalcontact/groupchat/list": groupchat_list,
    "externalcontact/groupchat/get": groupchat_get,
}
