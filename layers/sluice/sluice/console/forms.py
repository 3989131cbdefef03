"""Forms as browsers send them: fields by name, files; and the JSON that the API wants of them."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qsl

from sluice.shared import errors
from sluice.shared.wire import Csv

MAX_FIELDS = 400
_MULTIPART = "multipart/form-data"
_URLENCODED = "application/x-www-form-urlencoded"


class FormBody(Csv, frozen=True):
    """A form's body as it came: as large as the largest file that the API takes."""

    max_body_bytes: ClassVar[int] = 3_000_000
    media_type: ClassVar[str] = "multipart/form-data"  # or the other one


class Upload(NamedTuple):
    """A file that came with a form."""

    name: str
    content_type: str
    content: bytes


class Form:
    """The fields of a form, texts stripped, in the order of the page."""

    def __init__(
        self, fields: Mapping[str, list[str]], files: Mapping[str, Upload] | None = None
    ) -> None:
        self._fields = fields
        self._files = files or {}

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def text(self, name: str) -> str:
        """Return a field, empty where it was left empty or is not on the page."""
        return next(iter(self._fields.get(name, ())), "")

    def texts(self, name: str) -> list[str]:
        """Return all fields of a name that are not empty: boxes that are ticked."""
        return [text for text in self._fields.get(name, ()) if text]

    def lines(self, name: str) -> list[str]:
        """Return a field's parts, separated by commas (also Chinese ones) or new lines."""
        parts = self.text(name).replace("，", ",").replace("、", ",").replace("\n", ",").split(",")
        return [part.strip() for part in parts if part.strip()]

    def pairs(self, name: str) -> dict[str, str]:
        """Return a field's lines such as `tea = Oolong`, by name. Raises Invalid."""
        found: dict[str, str] = {}
        for line in filter(None, map(str.strip, self.text(name).split("\n"))):
            key, sign, text = (part.strip() for part in line.partition("="))
            if not sign or not key or key in found:
                reason = "a line for each, such as name = value"
                raise errors.Invalid("Lines cannot be read.", [(name, reason)])
            found[key] = text
        return found

    def number(self, name: str) -> int | None:
        """Return a whole number, None where the field is empty. Raises Invalid."""
        text = self.text(name)
        if not text:
            return None
        try:
            return int(text.replace(",", ""))
        except ValueError:
            raise errors.Invalid("Write a whole number.", [(name, "not a whole number")]) from None

    def moment(self, name: str, zone: tzinfo) -> str | None:
        """Return a time written on the clock of a zone as RFC 3339, None where it is empty.

        Raises Invalid.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
        except ValueError:
            raise errors.Invalid("Write a date and a time.", [(name, "not a time")]) from None

    def ticked(self, name: str) -> bool:
        """Tell whether a box is ticked."""
        return bool(self.text(name))

    def file(self, name: str) -> Upload | None:
        """Return a file, None where none was chosen."""
        found = self._files.get(name)
        return found if found and found.content else None

    def given(self, **fields: Any) -> dict[str, Any]:
        """Return the fields that are not empty, as the JSON of an API's optional ones."""
        return {name: value for name, value in fields.items() if value not in (None, "", [])}


def parse(data: bytes, content_type: str) -> Form:
    """Read a form. Raises Invalid: no form, or of too many fields."""
    kind = content_type.split(";", 1)[0].strip().lower()
    try:
        if kind == _URLENCODED:
            return _urlencoded(data)
        if kind == _MULTIPART:
            return _multipart(data, content_type)
    except (ValueError, RecursionError):
        raise errors.Invalid("This form cannot be read.") from None
    raise errors.Invalid("This is no form.")


def _urlencoded(data: bytes) -> Form:
    pairs = parse_qsl(
        data.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
    )
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(_clean(value))
    return Form(fields)


def _multipart(data: bytes, content_type: str) -> Form:
    head = b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n"
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + data)
    parts = list(message.iter_parts())
    if len(parts) > MAX_FIELDS:
        raise ValueError(len(parts))
    fields: dict[str, list[str]] = {}
    files: dict[str, Upload] = {}
    for part in parts:
        name = str(part.get_param("name", "", header="content-disposition"))
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        filename = part.get_filename()
        if filename is None:
            fields.setdefault(name, []).append(_clean(content.decode()))
        else:
            files[name] = Upload(filename, part.get_content_type(), content)
    return Form(fields, files)


def _clean(text: str) -> str:
    """Return what was written: browsers end lines with two characters."""
    return text.replace("\r\n", "\n").strip()
