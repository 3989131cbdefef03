"""Messages through AWS itself: what its errors say of one, and whose an event is."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from sluice.push.providers import Receipt, Rejected, Unknown, Unreachable
from sluice.push.providers.tools import calls

# What a message carries, and its events bring back.
ORGANIZATION, ACCOUNT, TRACKING = "sluice_organization", "sluice_account", "sluice_tracking"
_BROKEN = 500
_BEFORE = (
    exceptions.ConnectTimeoutError,
    exceptions.EndpointConnectionError,
    exceptions.NoCredentialsError,
    exceptions.NoRegionError,
    exceptions.ParamValidationError,
    exceptions.ProxyConnectionError,
    exceptions.SSLError,
)


class Told(NamedTuple):
    """An event of AWS about a message of an organisation's account."""

    organization_id: str
    account_id: str
    receipt: Receipt


def ask(
    operation: Callable[..., Mapping[str, Any]], refusals: frozenset[str], **given: Any
) -> Mapping[str, Any]:
    """Call once. Raises Rejected for `refusals`, Unreachable for any other refusal, or Unknown."""
    try:
        return operation(**given)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", _BROKEN))
    except _BEFORE as error:
        raise Unreachable(f"AWS could not be reached: {type(error).__name__}") from None
    except BotoCoreError as error:
        raise Unknown(f"AWS did not answer: {type(error).__name__}") from None
    why = f"AWS: {calls.shown(code)}"
    if code in refusals:
        raise Rejected(why)
    if status >= _BROKEN:
        raise Unknown(why)
    raise Unreachable(why)
