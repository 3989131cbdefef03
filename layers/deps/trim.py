"""Cut the layer's botocore to what Sluice calls: a cold start reads all that is left of it.

Making a client lists the folders of all services twice, reads the model of its service with all
documentation and the endpoints of every service in every region; the first call over TLS reads
every certificate there is. What is left is botocore's own, unchanged. Run by the Makefile beside:
`python3.13 trim.py <the folder of botocore>`.
"""

import gzip
import json
import shutil
import ssl
import sys
from pathlib import Path
from typing import Any

# What functions call, by service; tests/local/test_trim.py finds what is missing here.
OPERATIONS: dict[str, tuple[str, ...]] = {
    "cognito-idp": (
        "AdminAddUserToGroup",
        "AdminCreateUser",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminGetUser",
        "AdminListGroupsForUser",
        "AdminRemoveUserFromGroup",
        "AdminUserGlobalSignOut",
        "ConfirmForgotPassword",
        "ForgotPassword",
        "InitiateAuth",
        "RespondToAuthChallenge",
        "RevokeToken",
    ),
    "dynamodb": (
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    ),
    "events": ("PutEvents",),
    "pinpoint-sms-voice-v2": ("SendTextMessage",),
    "s3": ("DeleteObject", "GetObject", "PutObject"),
    "secretsmanager": ("GetSecretValue",),
    "sesv2": ("SendEmail",),
    "sns": ("Publish",),
    "sqs": ("SendMessage",),
    "stepfunctions": (
        "DescribeExecution",
        "SendTaskFailure",
        "SendTaskSuccess",
        "StartExecution",
    ),
}
_ADDRESSES = {"pinpoint-sms-voice-v2": "sms-voice", "sesv2": "email", "stepfunctions": "states"}
WHOLE = ("_retry.json", "partitions.json", "sdk-default-configuration.json")
# https://www.amazontrust.com/repository/: Amazon asks its customers to trust all of them.
ROOTS = (
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
    "Starfield Class 2 Certification Authority",
)
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_MODEL, _RULES = "service-2.json.gz", "endpoint-rule-set-1.json.gz"


def trim(botocore: Path) -> None:
    """Leave what is needed of botocore's data and certificates."""
    data, whole = botocore / "data", botocore / "whole"
    data.rename(whole)
    data.mkdir()
    for name in WHOLE:
        shutil.copy(whole / name, data / name)
    for service, operations in OPERATIONS.items():
        version = max(path.parent for path in (whole / service).glob(f"*/{_MODEL}"))
        folder = data / service / version.name
        folder.mkdir(parents=True)
        _write(folder / "service-2.json", _model(_read(version / _MODEL), operations))
        _write(folder / "endpoint-rule-set-1.json", _read(version / _RULES))
        for extras in version.glob("*.sdk-extras.json"):
            shutil.copy(extras, folder)
    _write(data / "endpoints.json", _endpoints(json.loads((whole / "endpoints.json").read_text())))
    shutil.rmtree(whole)
    certificates = botocore / "cacert.pem"
    certificates.write_text(amazon_roots(certificates.read_text()))


def amazon_roots(bundle: str) -> str:
    """Return the certificates of a bundle that AWS's own come from.

    Raises ValueError where one of `ROOTS` is missing.
    """
    found: dict[str, str] = {}
    for part in bundle.split(_BEGIN)[1:]:
        certificate = _BEGIN + part[: part.index(_END)] + _END + "\n"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=certificate)
        entries: Any = context.get_ca_certs()[0]["subject"]
        subject = dict(pair for entry in entries for pair in entry)
        name = subject.get("commonName") or subject.get("organizationalUnitName", "")
        if name in ROOTS:
            found[name] = certificate
    if missing := set(ROOTS) - set(found):
        raise ValueError(f"botocore's certificates no longer have {sorted(missing)}")
    return "".join(found[name] for name in ROOTS)


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return read


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")))


def _endpoints(content: dict[str, Any]) -> dict[str, Any]:
    """Keep the services' endpoints; there a service has the name of its address."""
    kept = {_ADDRESSES.get(service, service) for service in OPERATIONS}
    for partition in content["partitions"]:
        partition["services"] = {
            name: service for name, service in partition["services"].items() if name in kept
        }
    return content


def _model(model: dict[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """Keep these operations and the shapes they reach, without documentation.

    `operationContextParams` go too: they look through each request for tables named by their
    ARN, to find another account's endpoint. We name tables.
    """
    model["operations"] = {name: model["operations"][name] for name in operations}
    for operation in model["operations"].values():
        operation.pop("operationContextParams", None)
    shapes, wanted = model["shapes"], list(_references(model["operations"]))
    kept: dict[str, Any] = {}
    while wanted:
        name = wanted.pop()
        if name not in kept:
            kept[name] = shapes[name]
            wanted.extend(_references(shapes[name]))
    bare: dict[str, Any] = _without_documentation({**model, "shapes": kept})
    for parameter in bare.get("clientContextParams", {}).values():
        parameter["documentation"] = ""  # botocore asks for it when it makes an endpoint of S3's
    return bare


def _references(part: object) -> list[str]:
    """Return the names of the shapes that a part of a model refers to."""
    if isinstance(part, list):
        return [name for inner in part for name in _references(inner)]
    if not isinstance(part, dict):
        return []
    own = [part["shape"]] if isinstance(part.get("shape"), str) else []
    return own + [name for inner in part.values() for name in _references(inner)]


def _without_documentation(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_documentation(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _without_documentation(inner)
        for name, inner in part.items()
        if not (name == "documentation" and isinstance(inner, str))
    }


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
