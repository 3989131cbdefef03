"""The layer's botocore is cut to what functions call (F3): nothing they need may be missing."""

import ast
import datetime as dt
import importlib.util
import re
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.session import Session

from infra.local.instance import ROOT

FULL = Path(botocore.__file__).parent
SOURCES = [*(ROOT / "layers" / "sluice").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
_spec = importlib.util.spec_from_file_location("trim", ROOT / "layers" / "deps" / "trim.py")
assert _spec is not None
assert _spec.loader is not None
trim: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(trim)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy: Path = tmp_path_factory.mktemp("layer") / "botocore"
    copy.mkdir()
    shutil.copy(FULL / "cacert.pem", copy)
    (copy / "data").mkdir()
    for path in (FULL / "data").glob("*.json"):
        shutil.copy(path, copy / "data")
    for service in (*trim.OPERATIONS, "iam"):
        shutil.copytree(FULL / "data" / service, copy / "data" / service)
    trim.trim(copy)
    return copy


@pytest.fixture
def session(folder: Path) -> Session:
    made = botocore.session.get_session()
    paths = [str(folder / "data")]
    loader = Loader(extra_search_paths=paths, include_default_search_paths=False)
    made.register_component("data_loader", loader)
    return made


def members(shape: Any) -> list[str]:
    """Return what a shape has; an operation may have none."""
    return list(shape.members) if shape else []


def services_of(tree: ast.AST) -> Iterator[str]:
    """Yield what `client("...")` and `create_client("...")` name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"client", "create_client"}:
                yield str(node.args[0].value)


def signed(tree: ast.AST) -> Iterator[str]:
    """Yield what is signed for others to call: `generate_presigned_url("...")`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", "") == "generate_presigned_url"
        ):
            yield str(getattr(node.args[0], "value", ""))


def used() -> dict[str, set[str]]:
    """Find what the code calls of each service: attributes with the name of an operation."""
    found: dict[str, set[str]] = {}
    full = botocore.session.get_session()
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        attributes = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        attributes |= set(signed(tree))
        for service in set(services_of(tree)):
            names = full.get_service_model(service).operation_names
            called = {name for name in names if xform_name(name) in attributes}
            found.setdefault(service, set()).update(called)
    return found


def test_every_service_and_operation_that_code_calls_is_in_the_layer() -> None:
    calls = used()
    assert len(calls) == len(trim.OPERATIONS)
    for service, operations in calls.items():
        assert operations <= set(trim.OPERATIONS[service]), service
        if service != "dynamodb":  # pynamodb calls it, by other names
            assert operations == set(trim.OPERATIONS[service]), service


def test_every_right_to_use_dynamodb_is_for_an_operation_in_the_layer() -> None:
    template = (ROOT / "template.yaml").read_text()
    actions = set(re.findall(r"dynamodb:([A-Z][A-Za-z]+Item|Query|Scan)\b", template))
    assert actions
    assert actions - {"ConditionCheckItem"} <= set(trim.OPERATIONS["dynamodb"])


@pytest.mark.parametrize("service", sorted(trim.OPERATIONS))
def test_a_client_of_the_layer_asks_what_the_whole_botocore_would(
    session: Session, service: str
) -> None:
    whole = botocore.session.get_session()
    ours, theirs = (made.create_client(service) for made in (session, whole))
    assert ours.meta.endpoint_url == theirs.meta.endpoint_url
    for name in trim.OPERATIONS[service]:
        assert callable(getattr(ours, xform_name(name)))
        cut, full = (c.meta.service_model.operation_model(name) for c in (ours, theirs))
        for part in ("input_shape", "output_shape"):
            assert members(getattr(cut, part)) == members(getattr(full, part))
        assert [e.name for e in cut.error_shapes] == [e.name for e in full.error_shapes]


def test_an_address_that_the_layer_signs_is_what_the_whole_botocore_signs(
    session: Session,
) -> None:
    whole = botocore.session.get_session()
    place = {"Bucket": "lists", "Key": "acme/r-1"}
    clients: list[Any] = [made.create_client("s3") for made in (session, whole)]
    ours, theirs = (client.generate_presigned_url("put_object", place) for client in clients)
    assert ours.partition("?")[0] == theirs.partition("?")[0]


def test_a_service_that_no_function_calls_is_not_in_the_layer(session: Session) -> None:
    with pytest.raises(UnknownServiceError):
        session.create_client("iam")


def test_the_certificates_are_the_amazon_roots_and_valid_for_two_years(folder: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(folder / "cacert.pem")
    found = context.get_ca_certs()
    assert len(found) == len(trim.ROOTS) == 6
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=730)
    for certificate in found:
        ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
        assert ends > soon.timestamp(), certificate["subject"]


def test_a_root_that_is_missing_stops_the_build() -> None:
    bundle = (FULL / "cacert.pem").read_text()
    cut = bundle[: bundle.index("# Subject: CN=Amazon Root CA 4")]
    with pytest.raises(ValueError, match="Amazon Root CA 4"):
        trim.amazon_roots(cut)


def test_the_layer_pins_what_the_tests_run_with() -> None:
    def pins(path: str) -> set[str]:
        lines = (ROOT / path).read_text().splitlines()
        return {line for line in lines if "==" in line and not line.startswith("#")}

    assert pins("layers/deps/requirements.txt") <= pins("requirements/dev.txt")
