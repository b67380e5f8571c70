"""Schema errors: libxml2's messages as findings in plain words."""

import re
from itertools import islice
from typing import NamedTuple

from lxml import etree

from invoices import ubl
from invoices.findings import Finding, PolicyClass, Severity
from invoices.legible import legible
from invoices.terms import is_used, term_at

CODE = "UBL-XSD"

_STEP = re.compile(r"/(?:(\*)|(?:([^/:\[]+):)?([^/:\[]+))(?:\[(\d+)\])?")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( ([^()]+) \)")
_ATTRIBUTE = re.compile(r"The attribute '([^']+)'")
_OF_ATTRIBUTE = re.compile(r"Element '[^']*', attribute '([^']+)'")
_FORMS = {
    "Amount": "a number such as 12.50",
    "Quantity": "a number such as 12.5",
    "Percent": "a number such as 21",
    "Numeric": "a number such as 0.5",
    "Rate": "a number such as 1.0825",
    "Measure": "a number such as 12.5",
    "Date": "a date such as 2026-03-31",
    "Time": "a time such as 14:30:00",
    "Indicator": "true or false",
    "Object": "a file in base64",
}
"""What an element's value looks like, by the representation term that its UBL name ends in."""


class _Explanation(NamedTuple):
    message: str
    fix: str
    found: str | None = None
    expected: str | None = None


def finding(root: etree._Element, error: etree._LogEntry) -> Finding:
    """The finding for one error that a schema reports on the document with this root."""
    element = _element_at(root, error.path or "")
    location = ubl.location(element)
    explanation = _EXPLAINED.get(error.type_name, _in_its_words)(element, error.message)
    return Finding(
        code=CODE,
        severity=Severity.FATAL,
        policy_class=PolicyClass.STRUCTURE,
        message=explanation.message,
        location=location,
        line=error.line,
        term=term_at(location),
        found=explanation.found,
        expected=explanation.expected,
        fix=explanation.fix,
    )


def _children(element: etree._Element, message: str) -> _Explanation:
    name, location = _name(element), ubl.location(element)
    if "Missing child element(s)" in message:
        expected = _expected(location, message)
        return _Explanation(
            f"{name} is incomplete: {expected} is missing.", f"Add {expected} to {name}.", expected=expected
        )
    expected = _expected(location.rpartition("/")[0], message)
    if expected is None:
        return _Explanation(
            f"{name} does not belong here, or is here once too often.",
            f"Remove {name}, or put it where it belongs.",
            found=name,
        )
    return _Explanation(
        f"{name} stands where {expected} should.",
        f"Add what is missing before {name}, or remove {name} or put it where it belongs.",
        found=name,
        expected=expected,
    )


def _value(element: etree._Element, message: str) -> _Explanation:
    attribute = _OF_ATTRIBUTE.match(message)
    if attribute:
        name, value, expected = f"{_name(element)}/@{attribute[1]}", element.get(attribute[1]), None
    else:
        name, value, expected = _name(element), element.text, _form(element)
    found = legible(str(value or ""))
    fact = f"{name} is “{found}”" if found else f"{name} is empty"
    return _Explanation(
        f"{fact} and should be {expected}." if expected else f"{fact}, which is not allowed there.",
        f"Correct the value of {name}.",
        found=found,
        expected=expected,
    )


def _attribute_missing(element: etree._Element, message: str) -> _Explanation:
    attribute = _attribute(message)
    example = ', such as currencyID="EUR"' if attribute == "currencyID" else ""
    return _Explanation(
        f"{_name(element)} lacks the attribute {attribute}.",
        f"Add {attribute}{example}.",
        expected=f"@{attribute}",
    )


def _attribute_not_allowed(element: etree._Element, message: str) -> _Explanation:
    attribute = _attribute(message)
    return _Explanation(
        f"{_name(element)} may not have the attribute {attribute}.",
        f"Remove {attribute}.",
        found=f"@{attribute}",
    )


def _text_between(element: etree._Element, _message: str) -> _Explanation:
    name = _name(element)
    return _Explanation(
        f"{name} holds text between its elements.", f"Remove the text from {name}.", expected="elements only"
    )


def _in_its_words(element: etree._Element, message: str) -> _Explanation:
    return _Explanation(legible(ubl.usual_names(message[:2000]), 300), f"Correct {_name(element)}.")


_EXPLAINED = {
    "SCHEMAV_ELEMENT_CONTENT": _children,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": _value,
    "SCHEMAV_CVC_COMPLEX_TYPE_4": _attribute_missing,
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": _attribute_not_allowed,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": _text_between,
}
"""By libxml2's name for the rule of XML Schema that is broken."""


def _element_at(root: etree._Element, path: str) -> etree._Element:
    """The element at libxml2's path, which has the document's own prefixes, and `*` where there is none."""
    element = root
    for anything, prefix, name, index in _STEP.findall(path)[1:]:
        children = (
            child
            for child in element
            if anything or ((child.prefix or "") == prefix and etree.QName(child).localname == name)
        )
        element = next(islice(children, int(index or 1) - 1, None), element)
    return element


def _name(element: etree._Element) -> str:
    return legible(ubl.usual_name(element.tag))


def _expected(parent: str, message: str) -> str | None:
    """The elements that may stand in `parent` (a location), of those that EN 16931 uses if there are any."""
    listed = _EXPECTED.search(message)
    if listed is None:
        return None
    names = [ubl.usual_name(name.strip()) for name in listed[1].split(",")]
    names = [name for name in names if is_used(f"{parent}/{name}")] or names
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _form(element: etree._Element) -> str | None:
    name = etree.QName(element).localname
    return next((form for ending, form in _FORMS.items() if name.endswith(ending)), None)


def _attribute(message: str) -> str:
    named = _ATTRIBUTE.search(message)
    return legible(ubl.usual_name(named[1])) if named else "in question"
