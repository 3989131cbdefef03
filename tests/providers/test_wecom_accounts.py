"""Where an account's secrets come from: Secrets Manager, never the settings."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sluice.codes.providers.wecom import accounts
from sluice.shared.errors import ConfigurationError
from sluice.shared.providers import secrets
from sluice.shared.providers.failures import Misconfigured
from tests.providers.conftest import KEY
from tests.support.aws import local_aws

GOOD: dict[str, Any] = {
    "app_secret": "an-app-secret",
    "callbacks": [{"token": KEY.token, "encoding_aes_key": KEY.encoding_aes_key}],
}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    secrets.forget()
    with local_aws():
        yield
    secrets.forget()


def keep(name: str, text: str) -> str:
    boto3.client("secretsmanager").create_secret(Name=name, SecretString=text)
    return name


def test_an_account_is_opened_from_its_settings_and_its_secret() -> None:
    reference = keep("wecom-good", json.dumps(GOOD))
    account = accounts.open_account("acme", "wecom", {"corp_id": "ww1", "other": 1}, reference)
    assert account.corp_id == "ww1"
    assert account.secret.callbacks == (KEY,)
    assert GOOD["app_secret"] not in repr(account)


def test_the_same_app_is_the_same_and_a_new_secret_is_another() -> None:
    """A changed secret must not meet the token of the old one."""
    first = accounts.open_account("acme", "a", {"corp_id": "ww1"}, keep("w1", json.dumps(GOOD)))
    other = accounts.open_account("acme", "b", {"corp_id": "ww1"}, "w1")
    changed = json.dumps(GOOD | {"app_secret": "new"})
    new = accounts.open_account("acme", "a", {"corp_id": "ww1"}, keep("w2", changed))
    assert first.app == other.app != new.app
    assert "#" not in first.app


WRONG = {
    "not json": "secret-text",
    "no secret": json.dumps({"callbacks": GOOD["callbacks"]}),
    "no key": json.dumps(GOOD | {"callbacks": []}),
    "three keys": json.dumps(GOOD | {"callbacks": GOOD["callbacks"] * 3}),
    "short key": json.dumps(GOOD | {"callbacks": [{"token": "t", "encoding_aes_key": "s"}]}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_secret_says_what_is_wrong_and_not_what_it_is(name: str) -> None:
    reference = keep(f"wecom-{name.replace(' ', '-')}", WRONG[name])
    with pytest.raises(Misconfigured, match=r"docs/wecom\.md") as wrong:
        accounts.open_account("acme", "wecom", {"corp_id": "ww1"}, reference)
    for hidden in ("secret-text", GOOD["app_secret"], KEY.token):
        assert hidden not in str(wrong.value)


def test_missing_settings_and_secrets_are_named() -> None:
    with pytest.raises(Misconfigured, match="corp_id"):
        accounts.open_account("acme", "wecom", None, "x")
    with pytest.raises(Misconfigured, match="secret_reference"):
        accounts.open_account("acme", "wecom", {"corp_id": "ww1"}, None)
    with pytest.raises(Misconfigured, match="cannot be read"):
        accounts.open_account("acme", "wecom", {"corp_id": "ww1"}, "nowhere")


def test_the_address_is_wecoms_unless_the_deployment_says_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WECOM_BASE_URL", raising=False)
    assert accounts.base_url() == "https://qyapi.weixin.qq.com"
    monkeypatch.setenv("WECOM_BASE_URL", "http://127.0.0.1:9000/")
    assert accounts.base_url() == "http://127.0.0.1:9000"
    monkeypatch.setenv("WECOM_BASE_URL", "http://example.com")
    with pytest.raises(ConfigurationError):
        accounts.base_url()
