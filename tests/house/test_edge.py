"""infra/edge.yaml and the functions behind it speak of the same headers, paths and queries (F2)."""

from typing import Any

from functions.codes.read_code_image.handler import ImageWanted, handler
from infra import template
from sluice.shared import edge
from tests.house import tree

EDGE = template.load(template.ROOT / "infra" / "edge.yaml")
ERRORS_KEPT = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}  # what CloudFront may keep


def _distribution() -> dict[str, Any]:
    found: dict[str, Any] = EDGE["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    return found


def test_only_images_of_codes_are_cached() -> None:
    drawn = {door.path.replace("{code}", "*") for door in handler.operation.doors}
    assert {one["PathPattern"] for one in _distribution()["CacheBehaviors"]} == drawn
    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's policy CachingDisabled
    assert _distribution()["DefaultCacheBehavior"]["CachePolicyId"] == disabled


def test_an_image_is_cached_by_all_it_depends_on() -> None:
    policy = EDGE["Resources"]["ImageCaching"]["Properties"]["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]["QueryStringsConfig"]
    assert key["QueryStrings"] == sorted(ImageWanted.__struct_fields__)
    assert policy["DefaultTTL"] == policy["MinTTL"] == 0, "what says nothing is not kept"


def test_no_error_is_kept() -> None:
    """One caller's 403 or 404 would be the next one's, cookies or not."""
    kept = {
        one["ErrorCode"]: one["ErrorCachingMinTTL"]
        for one in _distribution()["CustomErrorResponses"]
    }
    assert kept == dict.fromkeys(ERRORS_KEPT, 0)


def test_the_edge_shows_itself_and_tells_the_address_as_functions_read_it() -> None:
    (origin,) = _distribution()["Origins"]
    (header,) = origin["OriginCustomHeaders"]
    assert header == {"HeaderName": edge.SECRET, "HeaderValue": {"Ref": "EdgeSecret"}}
    code = EDGE["Resources"]["ViewerAddress"]["Properties"]["FunctionCode"]
    assert f"'{edge.ADDRESS}'" in code
    (told,) = _distribution()["DefaultCacheBehavior"]["FunctionAssociations"]
    assert told["EventType"] == "viewer-request"


def test_the_firewall_refuses_nothing_until_it_is_told_to() -> None:
    assert EDGE["Parameters"]["Firewall"]["Default"] == "count"
    for rule in EDGE["Resources"]["WebAcl"]["Properties"]["Rules"]:
        (_, _, otherwise) = rule.get("Action", rule.get("OverrideAction"))["Fn::If"]
        assert otherwise == {"Count": {}}, rule["Name"]


def test_what_the_edge_needs_and_tells_is_told_and_needed_by_the_root() -> None:
    assert "ApiUrl" in tree.loaded()["Outputs"]
    assert {"EdgeDigests", "PublicBaseUrl"} <= tree.loaded()["Parameters"].keys()
    assert EDGE["Outputs"].keys() == {"EdgeUrl", "EdgeTarget"}
