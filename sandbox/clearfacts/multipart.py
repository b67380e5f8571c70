"""The upload's form: exactly the parts `query`, `variables` and `file` (Clearfacts contract, "upload")."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sandbox.errors import MalformedFormError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


@dataclass(slots=True)
class Part:
    """One part of a form."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)
    name: str = ""
    filename: str | None = None

    @property
    def content_type(self) -> str | None:
        """Its media type without parameters."""
        value = self.headers.get(b"content-type")
        return None if value is None else value.decode("latin-1").partition(";")[0].strip().lower()

    def text(self) -> str:
        """Its content as UTF-8 text.

        Raises:
            MalformedFormError: It is not UTF-8.
        """
        try:
            return self.content.decode()
        except UnicodeDecodeError as error:
            raise MalformedFormError(f"part {self.name} is not UTF-8 text") from error


@dataclass(frozen=True, slots=True)
class UploadForm:
    """The three parts; the file has a file name and a content type."""

    query: str
    variables: str
    file: Part


def read_upload_form(content_type: str, body: bytes) -> UploadForm:
    """The form in `body`.

    Raises:
        MalformedFormError: It has other parts than the three, or they are not as the contract says.
    """
    parts = _parts(content_type, body)
    names = sorted(part.name for part in parts)
    if names != ["file", "query", "variables"]:
        raise MalformedFormError(
            f"expected exactly the parts query, variables and file, found {', '.join(names)}"
        )
    by_name = {part.name: part for part in parts}
    for name in ("query", "variables"):
        if by_name[name].filename is not None:
            raise MalformedFormError(f"part {name} must be text, not a file")
    file = by_name["file"]
    if not file.filename:
        raise MalformedFormError("part file has no file name")
    if file.content_type is None:
        raise MalformedFormError("part file has no content type")
    return UploadForm(by_name["query"].text(), by_name["variables"].text(), file)


def _parts(content_type: str, body: bytes) -> list[Part]:
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise MalformedFormError("expected multipart/form-data with a boundary")
    collector = _Collector()
    try:
        parser = MultipartParser(options[b"boundary"], collector.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise MalformedFormError("the multipart body is malformed") from error
    if not collector.complete:
        raise MalformedFormError("the multipart body ends before its last boundary")
    for part in collector.parts:
        _name(part)
    return collector.parts


def _name(part: Part) -> None:
    disposition, options = parse_options_header(part.headers.get(b"content-disposition"))
    if disposition != b"form-data" or b"name" not in options:
        raise MalformedFormError("a part has no name")
    part.name = options[b"name"].decode("utf-8", "replace")
    if b"filename" in options:
        part.filename = options[b"filename"].decode("utf-8", "replace")


class _Collector:
    """Gathers the parts that the parser finds."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.complete = False
        self._header = bytearray()
        self._value = bytearray()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": lambda: self.parts.append(Part()),
            "on_part_data": self._on_part_data,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_end": self._on_end,
        }

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].content += data[start:end]

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self.parts[-1].headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _on_end(self) -> None:
        self.complete = True
