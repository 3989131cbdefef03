"""Customer groups: which there are, and who is in them."""

from collections.abc import Iterator

from sluice.codes.providers.wecom import answers
from sluice.codes.providers.wecom.client import Client
from sluice.shared.providers.failures import Rejected

PAGE = 1_000  # the most that groupchat/list takes
MAX_PAGES = 100
CUSTOMER = 2  # a group member's type; 1 is an employee
_CALL = "externalcontact/groupchat/"


def group_page(client: Client, cursor: str = "", limit: int = PAGE) -> answers.GroupPage:
    """Return a page of the corporation's customer groups."""
    body = {"status_filter": 0, "cursor": cursor, "limit": limit}
    return client.post(_CALL + "list", body, answers.GroupPage)


def all_groups(client: Client) -> Iterator[answers.GroupRow]:
    """Yield every customer group: one request for each thousand, at most 100 of them."""
    cursor = ""
    for _ in range(MAX_PAGES):
        found = group_page(client, cursor)
        yield from found.group_chat_list
        cursor = found.next_cursor
        if not cursor:
            return
    raise Rejected(_CALL + "list", advice=f"The list does not end in {MAX_PAGES} pages.")


def get_group(client: Client, chat_id: str) -> answers.Group:
    """Return a group with its members; it lags the event. Raises NotThere."""
    body = {"chat_id": chat_id, "need_name": 0}
    return client.post(_CALL + "get", body, answers.FoundGroup).group_chat
