"""WeCom as a provider: Sluice's questions answered by WeCom's calls."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from sluice.codes.providers.protocol import (
    Asked,
    Callback,
    Connected,
    Happened,
    Held,
    Identity,
    Kind,
    Listed,
    Way,
)
from sluice.codes.providers.wecom import accounts, callbacks, customers, groups, ways
from sluice.codes.providers.wecom.accounts import Account
from sluice.codes.providers.wecom.client import Client, client_of
from sluice.codes.providers.wecom.telling import told_of
from sluice.codes.providers.wecom.ways import ContactWay, JoinWay
from sluice.organizations.tables import ProviderAccount
from sluice.shared.providers.failures import NotThere

MAX_CHANNELS = 100_000
_GROUP_CALL = "externalcontact/groupchat/get"


class WeCom:
    """A WeCom account."""

    def __init__(self, account: Account, client: Client | None = None) -> None:
        self._account = account
        self._given = client

    @property
    def _client(self) -> Client:
        """The client, made when WeCom is first asked: reading a callback needs none."""
        if self._given is None:
            self._given = client_of(self._account)
        return self._given

    def answer_echo(self, callback: Callback) -> bytes:
        """Answer the test of the callback address, within a second. Raises Unauthenticated."""
        account = self._account
        return callbacks.answer_echo(account.secret.callbacks, account.corp_id, callback.query)

    def read(self, callback: Callback) -> Sequence[Happened]:
        """Return what a callback tells; no request. Raises Unauthenticated, Invalid."""
        account = self._account
        keys = account.secret.callbacks
        event = callbacks.read(keys, account.corp_id, callback.query, callback.body)
        return list(told_of(event))

    def put_way(self, asked: Asked, way: Way | None) -> Way:
        """Make or change the channel's way: one request, two for a group's new one.

        A way that is gone is made again. After Unavailable a new way may exist that nobody knows:
        it costs one of 500,000 and leads nobody anywhere.
        """
        if way is not None:
            with contextlib.suppress(NotThere):
                return self._change(asked, way)
        if asked.kind == "contact":
            made = ways.add_contact_way(self._client, _contact_way(asked))
            return Way(made.config_id, made.qr_code)
        config_id = ways.add_join_way(self._client, _join_way(asked))
        return Way(config_id, ways.get_join_way(self._client, config_id).qr_code)

    def _change(self, asked: Asked, way: Way) -> Way:
        if asked.kind == "contact":
            ways.update_contact_way(self._client, way.id, _contact_way(asked))
        else:
            ways.update_join_way(self._client, way.id, _join_way(asked))
        return way

    def delete_way(self, kind: Kind, way: Way) -> None:
        """Delete a way: one request. One that is gone is deleted."""
        delete = ways.del_contact_way if kind == "contact" else ways.del_join_way
        with contextlib.suppress(NotThere):
            delete(self._client, way.id)

    def identify(self, told: Connected) -> Identity | None:
        """Return who came, None for an employee in a group: one request.

        Raises NotThere: no longer, or, in a group, not yet, as `groupchat/get` lags its event.
        """
        if told.kind == "contact":
            found = customers.get_customer(self._client, told.customer_ref)
            return Identity(told.customer_ref, found.external_contact.unionid, told.state)
        group = groups.get_group(self._client, told.provider_ref)
        for member in group.member_list:
            if member.userid == told.customer_ref:
                is_customer = member.type == groups.CUSTOMER
                known = Identity(member.userid, member.unionid, member.state)
                return known if is_customer else None
        raise NotThere(_GROUP_CALL, advice="They are not in the group, or not yet.")

    def welcome(self, told: Connected, text: str) -> None:
        """Send the welcome: one request; nothing where WeCom gave no code. Raises TooLate."""
        if told.welcome_code:
            customers.send_welcome(self._client, told.welcome_code, text)

    def describe(self, told: Connected, remark: str, tags: Sequence[str]) -> None:
        """Set the employee's remark and the tags, by id: up to two requests.

        Twice is as once, and WeCom calls nothing back for it. Groups have neither.
        """
        if told.kind != "contact":
            return
        if remark:
            customers.remark(self._client, told.provider_ref, told.customer_ref, remark)
        customers.mark_tag(self._client, told.provider_ref, told.customer_ref, add=tags)

    def channels(self) -> Iterator[Listed]:
        """Yield employees with the right to customers, and groups: a request, one a thousand."""
        for user_id in islice(customers.follow_users(self._client), MAX_CHANNELS):
            yield Listed("contact", user_id)
        for row in groups.all_groups(self._client):
            yield Listed("group", row.chat_id)

    def customers(self, kind: Kind, provider_refs: Sequence[str]) -> Iterator[Held]:
        """Yield the customers of channels: a request a hundred customers, or one a group."""
        if kind == "contact":
            for row in customers.customers_of(self._client, provider_refs):
                follow = row.follow_info
                since = datetime.fromtimestamp(follow.createtime, UTC)
                customer_ref = row.external_contact.external_userid
                yield Held(follow.userid, customer_ref, since, follow.state)
            return
        for chat_id in provider_refs:
            for member in groups.get_group(self._client, chat_id).member_list:
                if member.type == groups.CUSTOMER:
                    since = datetime.fromtimestamp(member.join_time, UTC)
                    yield Held(chat_id, member.userid, since, member.state)


def _contact_way(asked: Asked) -> ContactWay:
    return ContactWay(user_id=asked.provider_ref, state=asked.state, remark=asked.name)


def _join_way(asked: Asked) -> JoinWay:
    return JoinWay(
        chat_ids=[asked.provider_ref],
        state=asked.state,
        remark=asked.name,
        auto_create=bool(asked.next_name),
        room_base_name=asked.next_name,
        room_base_id=asked.next_number,
    )


def open_account(account: ProviderAccount) -> WeCom:
    """Return the account, ready to be asked: one call of Secrets Manager a minute.

    Raises Misconfigured.
    """
    opened = accounts.open_account(
        account.organization_id, account.account_id, account.settings, account.secret_reference
    )
    return WeCom(opened)
