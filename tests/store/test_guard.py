"""What counts as AWS being busy, and how often something is tried (design 1)."""

from typing import Any

import pytest
from botocore import exceptions as botocore

from sluice.shared import guard
from sluice.shared.errors import Contention, Refusal

URL = "https://aws.example.com"


def said(code: str, status: int = 400) -> botocore.ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.ClientError(answer, "GetItem")


@pytest.mark.parametrize(
    "error",
    [
        botocore.EndpointConnectionError(endpoint_url=URL),
        botocore.ConnectTimeoutError(endpoint_url=URL),
        botocore.ReadTimeoutError(endpoint_url=URL),
        botocore.ConnectionClosedError(endpoint_url=URL),
        botocore.SSLError(endpoint_url=URL, error=OSError("broken")),
        botocore.ProxyConnectionError(proxy_url=URL),
        botocore.HTTPClientError(error="reset by peer"),
        botocore.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        said("ThrottlingException"),
        said("InternalServerError"),
        said("503", status=503),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_answer_and_throttling_pass_by_themselves(error: Exception) -> None:
    assert guard.is_unreachable(error)
    assert guard.is_busy(error)


@pytest.mark.parametrize(
    "error",
    [
        botocore.ParamValidationError(report="Missing required parameter"),
        botocore.NoCredentialsError(),
        botocore.NoRegionError(),
        botocore.UnknownServiceError(service_name="dynamo", known_service_names=""),
        botocore.DataNotFoundError(data_path="endpoints"),
        said("ValidationException"),
        said("AccessDeniedException"),
        TimeoutError(),
        Refusal(),
        KeyError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_wrong_call_is_a_fault_of_ours(error: Exception) -> None:
    assert not guard.is_unreachable(error)
    assert not guard.is_busy(error)


def test_contention_passes_by_itself_and_is_no_answer_of_aws() -> None:
    assert guard.is_busy(Contention())
    assert not guard.is_unreachable(Contention())


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The attempts after which there was a pause."""
    found: list[int] = []
    monkeypatch.setattr(guard, "pause", found.append)
    return found


def test_attempts_are_numbered_with_pauses_between_and_end_in_contention(
    pauses: list[int],
) -> None:
    tried: list[int] = []
    with pytest.raises(Contention):
        tried.extend(guard.attempts(4))
    assert tried == [0, 1, 2, 3]
    assert pauses == [0, 1, 2], "none before the first, none after the last"


def test_whoever_succeeds_leaves_the_attempts(pauses: list[int]) -> None:
    for number in guard.attempts(4):
        if number == 1:
            break
    assert pauses == [0]
