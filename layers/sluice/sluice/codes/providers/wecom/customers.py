"""Customers of employees: who they are, the welcome, remark and tags, and lists for the sync."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from sluice.codes.providers.wecom import answers
from sluice.codes.providers.wecom.client import Client
from sluice.codes.providers.wecom.failures import UNLICENSED, failure_of
from sluice.shared.providers.failures import NotThere, Rejected

MAX_ATTACHMENTS = 9
MAX_WELCOME_BYTES = 4_000
MAX_REMARK = 20
MAX_DESCRIPTION = 150
MAX_TAGS = 100
BATCH = 100  # employees and customers of one batch/get_by_user
MAX_PAGES = 1_000
_NO_RELATION = 84061
_CALL = "externalcontact/"


def get_customer(client: Client, external_user_id: str, cursor: str = "") -> answers.Customer:
    """Return a customer with the employees who have them. Raises NotThere."""
    query = {"external_userid": external_user_id} | ({"cursor": cursor} if cursor else {})
    return client.get(_CALL + "get", answers.Customer, **query)


def customers_of(client: Client, user_ids: Sequence[str]) -> Iterator[answers.FollowedCustomer]:
    """Yield the customers of employees, each employee's own relation to them.

    One request for each hundred rows; at most 1,000 for a hundred employees. Raises
    ProviderFailure on the way: what was yielded before is right, and not all. AbnormalAccount: one
    of them has no licence, whose customers WeCom leaves out of a list that is answered like any.
    """
    for users in batched(user_ids, BATCH, strict=False):
        cursor = ""
        for _ in range(MAX_PAGES):
            found = customer_page(client, users, cursor)
            if found.fail_info.unlicensed_userid_list:
                raise failure_of(_CALL + "batch/get_by_user", UNLICENSED, "")
            yield from found.external_contact_list
            cursor = found.next_cursor
            if not cursor:
                break
        else:
            advice = f"The list does not end in {MAX_PAGES} pages."
            raise Rejected(_CALL + "batch/get_by_user", advice=advice)


def customer_page(
    client: Client, user_ids: Sequence[str], cursor: str = "", limit: int = BATCH
) -> answers.CustomerPage:
    """Return a page of the customers of up to a hundred employees; none is an empty page."""
    body = {"userid_list": list(user_ids), "cursor": cursor, "limit": limit}
    try:
        return client.post(_CALL + "batch/get_by_user", body, answers.CustomerPage)
    except NotThere as missing:
        if missing.code != _NO_RELATION:
            raise
        return answers.CustomerPage()


def follow_users(client: Client) -> tuple[str, ...]:
    """Return the employees who may have customers: what the channel list is synced from (A9)."""
    return client.get(_CALL + "get_follow_user_list", answers.FollowUsers).follow_user


def send_welcome(
    client: Client, welcome_code: str, text: str, attachments: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Welcome a customer, within 20 seconds of the event and once.

    `attachments` are WeCom's own objects, nine at most. Raises TooLate: the code is old or used,
    another app was faster, or they are talking already.
    """
    if len(text.encode()) > MAX_WELCOME_BYTES or len(attachments) > MAX_ATTACHMENTS:
        raise ValueError(f"a welcome has {MAX_WELCOME_BYTES} bytes and {MAX_ATTACHMENTS} files")
    body: dict[str, Any] = {"welcome_code": welcome_code}
    if text:
        body["text"] = {"content": text}
    if attachments:
        body["attachments"] = list(attachments)
    client.post(_CALL + "send_welcome_msg", body, answers.Nothing)


def remark(
    client: Client, user_id: str, external_user_id: str, name: str, description: str = ""
) -> None:
    """Set the employee's own name for a customer, and a note. Raises NotThere."""
    body = {"userid": user_id, "external_userid": external_user_id, "remark": name[:MAX_REMARK]}
    if description:
        body["description"] = description[:MAX_DESCRIPTION]
    client.post(_CALL + "remark", body, answers.Nothing)


def mark_tag(
    client: Client,
    user_id: str,
    external_user_id: str,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> None:
    """Put the corporation's tags, by id, on a customer or take them off. Raises NotThere."""
    if not add and not remove:
        return
    if len(add) > MAX_TAGS or len(remove) > MAX_TAGS:
        raise ValueError(f"at most {MAX_TAGS} tags at once")
    body = {
        "userid": user_id,
        "external_userid": external_user_id,
        "add_tag": list(add),
        "remove_tag": list(remove),
    }
    client.post(_CALL + "mark_tag", body, answers.Nothing)
