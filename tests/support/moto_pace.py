"""Make moto several times faster, and change nothing that it answers.

Most of what the tests take is moto's: it parses what it has parsed, copies what it does not change
and walks an expression once for each of its parts. Each function here replaces one of moto's and
says what it leaves out.
"""

import copy
from collections import deque
from functools import cache
from types import SimpleNamespace
from typing import Any

from botocore import parsers
from botocore.signers import RequestSigner
from moto.core import parse, responses
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import DEFAULT_ACCOUNT_ID, MockAWS, botocore_stubber, responses_mock
from moto.core.serialize import AttributePicker, AttributePickerContext, BaseJSONSerializer
from moto.core.utils import method_names_from_class
from moto.dynamodb import models
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import ast_nodes, expressions, validators
from moto.dynamodb.responses import DynamoHandler

ADDRESS = "https://dynamodb.us-east-1.amazonaws.com/"
FAR_FROM_LARGE = 200_000  # bytes: half of what an item may have
nodes: Any = ast_nodes  # these have no types
answers: Any = parsers.BaseJSONParser
updates: Any = vars(expressions)["UpdateExpressionParser"]
_process = BotocoreStubber.process_request
_sign = RequestSigner.sign
_serialize_structure = BaseJSONSerializer._serialize_type_structure
_parse_structure: Any = parse.BaseJSONParser._parse_structure
_handle_structure = answers._handle_structure
_make = updates.make
_set_attribute = LimitedSizeDict.__setitem__
_pick = AttributePicker.__call__
_transact = DynamoDBBackend.transact_write_items
_lex = ConditionExpressionParser._lex_condition_expression
_enable = MockAWS._enable_patching
_enabled: list[MockAWS] = []

type _Place = tuple[Table, DynamoType, DynamoType | None]


def _by_name(picker: AttributePicker, context: AttributePickerContext) -> Any:
    """Find a part of DynamoDB's answers under its own name.

    moto looks for each absent one, such as the nine other types of a value, under four spellings.
    """
    service = context.service_model
    if service and service.service_name == "dynamodb" and type(context.obj) is dict:
        return context.obj.get(context.key)
    return _pick(picker, context)


def _undone_by_item(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """Put back the items that a refused transaction touched.

    moto copies every item of its tables before each transaction.
    """
    places = [_place(backend, *next(iter(item.items()))) for item in transact_items]
    before = [(place, copy.deepcopy(_at(place))) for place in places]
    try:
        _transact(backend, transact_items)
    except Exception:
        for place, item in before:
            _put_back(place, item)
        raise


def _place(backend: DynamoDBBackend, kind: str, given: dict[str, Any]) -> _Place:
    table = backend.tables[given["TableName"]]
    key = given["Item" if kind == "Put" else "Key"]
    second = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
    return table, DynamoType(key[table.hash_key_attr]), second


def _at(place: _Place) -> Item | None:
    table, first, second = place
    found: Any = table.items.get(first)
    item: Item | None = found.get(second) if found is not None and second is not None else found
    return item


def _put_back(place: _Place, item: Item | None) -> None:
    table, first, second = place
    held: Any = table.items if second is None else table.items[first]
    name = first if second is None else second
    if item is None:
        held.pop(name, None)
    else:
        held[name] = item


def _copied(value: Any) -> Any:
    return value if isinstance(value, Table) else copy.deepcopy(value)


def _copied_tree(value: Any) -> Any:
    """Copy the nodes of a parsed expression: moto copies all that they hold, one by one."""
    if not isinstance(value, nodes.Node):
        return copy.deepcopy(value)
    node = object.__new__(type(value))
    node.__dict__.update(value.__dict__)
    if value.children is not None:
        node.children = [
            _copied_tree(child) if isinstance(child, nodes.Node) else child
            for child in value.children
        ]
        for child in node.children:
            if isinstance(child, nodes.Node):
                child.parent = node
    return node


def _of_root(self: Any, node: Any) -> Any:
    """Look at an expression from its root, which sees all: moto looks again from each part."""
    (process,) = self._processing_map().values()
    return process(node)


@cache
def _is_processed(node: Any, classes: tuple[Any, ...]) -> bool:
    return issubclass(node, classes)


def _walked(self: Any, node: Any, child_id: int = -1) -> Any:
    """Walk a tree as moto does, knowing each kind of node after the first time."""
    if not isinstance(node, nodes.Node):
        return node
    classes = self.__dict__.setdefault("_classes", tuple(self._processing_map()))
    parent = node.parent
    for place, child in enumerate(node.children or ()):
        self.pre_processing_of_child(node, place)
        if isinstance(child, nodes.Node):
            _walked(self, child, place)
    if _is_processed(node.__class__, classes):
        node = self.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


@cache
def _lexed(expression: str) -> tuple[Any, ...]:
    return tuple(_lex(ConditionExpressionParser(expression, None, None)))


def _lexed_once(parser: ConditionExpressionParser) -> deque[Any]:
    return deque(_lexed(parser.condition_expression or ""))


class _Direct(DynamoHandler):
    """DynamoDB's answer to a call, without finding out again from an HTTP request what it is."""

    current_account = DEFAULT_ACCOUNT_ID

    def __init__(self, request: Any) -> None:
        super().__init__()
        headers = {name: _text(value) for name, value in request.headers.items()}
        self.headers = headers
        self.region, self.partition = "us-east-1", "aws"
        self.querystring: dict[str, Any] = {}
        self.response_headers = {"server": "amazon.com"}
        given: Any = SimpleNamespace(
            content_type=headers["Content-Type"],
            method="POST",
            values={},
            headers=headers,
            data=request.body,
            path="/",
        )
        self.uri_match = {}
        self.parse_parameters(given)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _answered(stubber: BotocoreStubber, request: Any) -> Any:
    """Hand a call of DynamoDB on: moto looks for its service among the addresses of all."""
    if request.url == ADDRESS:
        return _Direct(request).call_action()
    return _process(stubber, request)


def _unsigned(signer: RequestSigner, operation: str, request: Any, *given: Any) -> None:
    """Sign no call of DynamoDB: nobody looks, as the answer comes from here."""
    if not (botocore_stubber.enabled and request.url == ADDRESS):
        _sign(signer, operation, request, *given)


def _is_plain(shape: Any, value: Any) -> bool:
    """Tell a text, number or truth of DynamoDB, which stays as it is."""
    if shape.name != "AttributeValue" or type(value) is not dict or len(value) != 1:
        return False
    ((kind, held),) = value.items()
    return type(held) is (bool if kind == "BOOL" else str) and kind in {"S", "N", "BOOL"}


def _serialized(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    if _is_plain(shape, value):
        serializer._default_serialize(serialized, value, shape, key)
    else:
        _serialize_structure(serializer, serialized, value, shape, key)


def _parsed(parser: Any, shape: Any, value: Any) -> Any:
    return value if _is_plain(shape, value) else _parse_structure(parser, shape, value)


def _handled(parser: Any, shape: Any, value: Any) -> Any:
    return value if _is_plain(shape, value) else _handle_structure(parser, shape, value)


def _size(value: Any) -> int:
    return value.size() if type(value) is DynamoType else len(str(value).encode())


def _set(item: Any, key: str, value: Any) -> None:
    """Set an attribute and add its size: moto counts the whole item again for each.

    A sum is believed as long as the item has as many attributes as then, and it is far from large.
    """
    count, size = item.__dict__.get("_counted", (-1, 0))
    if count != len(item):
        size = sum(_size(name) + _size(held) for name, held in item.items())
    size += _size(value) + (-_size(item[key]) if key in item else _size(key))
    if size > FAR_FROM_LARGE:
        _set_attribute(item, key, value)
    else:
        dict.__setitem__(item, key, value)
        item._counted = (len(item), size)


def _enable_once(mock: MockAWS, reset: bool = True) -> None:  # noqa: FBT001, FBT002 - as moto's
    """Add the 1,300 addresses of AWS once: moto adds them again for each test, and keeps them."""
    if reset or mock not in _enabled:
        _enabled.append(mock)
        _enable(mock, reset)
    else:
        botocore_stubber.enabled = True
        responses_mock.start()


def quicken() -> None:
    """Put these in place of moto's own."""
    replaced: list[tuple[Any, str, Any]] = [
        (BotocoreStubber, "process_request", _answered),
        (LimitedSizeDict, "__setitem__", _set),
        (RequestSigner, "sign", _unsigned),
        (BaseJSONSerializer, "_serialize_type_structure", _serialized),
        (parse.BaseJSONParser, "_parse_structure", _parsed),
        (answers, "_handle_structure", _handled),
        (updates, "make", cache(_make)),
        (AttributePicker, "__call__", _by_name),
        (DynamoDBBackend, "transact_write_items", _undone_by_item),
        (models, "copy", SimpleNamespace(deepcopy=_copied)),
        (validators, "deepcopy", _copied_tree),
        (validators.ActionCountValidator, "traverse", _of_root),
        (validators.OverlappingPathsValidator, "traverse", _of_root),
        (nodes.DepthFirstTraverser, "traverse_node_recursively", _walked),
        (ConditionExpressionParser, "_lex_condition_expression", _lexed_once),
        (responses, "method_names_from_class", cache(method_names_from_class)),
        (MockAWS, "_enable_patching", _enable_once),
    ]
    for place, name, function in replaced:
        setattr(place, name, function)
