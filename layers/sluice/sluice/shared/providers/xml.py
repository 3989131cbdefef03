"""The XML of WeCom and WeChat: one level of named texts, lists one level deeper, nothing else.

Read with the standard library's expat, without entities: a document type is refused where it
begins, and the encoding is UTF-8 whatever the document says, so nothing is looked up.
"""

from xml.parsers import expat  # a document type is refused below

MAX_BYTES = 65_536
MAX_ELEMENTS = 2_000  # a group has 500 people
_ROOT, _FIELD, _ITEM, _PART = 1, 2, 3, 4  # depths

type Fields = dict[str, str | list[str]]
type Record = dict[str, str]


class _Reader:
    def __init__(self, depth: int) -> None:
        self.fields: Fields = {}
        self.records: list[Record] = []
        self._depth = depth
        self._record: Record = {}
        self._path: list[str] = []
        self._text: list[str] = []
        self._items: list[str] = []
        self._elements = 0

    def start(self, name: str, _: object) -> None:
        self._elements += 1
        self._path.append(name)
        self._text.clear()
        depth = len(self._path)
        if depth > self._depth or self._elements > MAX_ELEMENTS or self._path[0] != "xml":
            raise ValueError("not such a document")
        if depth == _FIELD:
            if name in self.fields:
                raise ValueError("a field appears twice")
            self._items = []

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, name: str) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        depth = len(self._path)
        self._path.pop()
        if depth == _PART:
            self._record[name] = text
        elif depth == _ITEM and self._record:
            self.records.append(self._record)
            self._record = {}
        elif depth == _ITEM:
            self._items.append(text)
        elif depth == _FIELD:
            self.fields[name] = self._items or text

    def refuse(self, *_: object) -> None:
        raise ValueError("a document type is not allowed")


def parse(document: bytes) -> Fields:
    """Return the fields of `<xml>...</xml>`: texts, and lists where there are items.

    Raises ValueError: no such document, too large, with a document type.
    """
    return _read(document, _ITEM).fields


def parse_records(document: bytes) -> tuple[Fields, list[Record]]:
    """Return the fields and the records, which are items that have parts. Raises as `parse`."""
    reader = _read(document, _PART)
    return reader.fields, reader.records


def _read(document: bytes, depth: int) -> _Reader:
    if len(document) > MAX_BYTES:
        raise ValueError(f"over {MAX_BYTES} bytes")
    reader = _Reader(depth)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(document, True)  # noqa: FBT003 - expat takes it by position only
    except expat.ExpatError as error:
        raise ValueError(f"not XML: {error}") from None
    return reader
