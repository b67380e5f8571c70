"""Reading artefacts: from a Schematron schema, or from the XSLT that one was compiled to."""

from collections.abc import Iterator
from hashlib import sha256

from lxml import etree

from invoices.findings import Severity
from invoices.rules.schematron.artefact import Artefact, Check, Function, Let, Pattern, Rule

_SCH = "{http://purl.oclc.org/dsdl/schematron}"
_XSL = "{http://www.w3.org/1999/XSL/Transform}"
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_WARNINGS = {"warning", "warn", "information", "info"}


class NotSchematron(ValueError):
    """The file is not a Schematron artefact, or one in a form that is not read; the message says which."""


def read_artefact(content: bytes) -> Artefact:
    """The artefact in a `.sch` file or in an XSLT made of one.

    Raises:
        NotSchematron: It is neither, or it includes other files or abstract patterns.
    """
    root = _root(content)
    if root.tag == f"{_SCH}schema":
        return _of_schema(root, content)
    if root.tag in {f"{_XSL}stylesheet", f"{_XSL}transform"}:
        return _of_stylesheet(root, content)
    raise NotSchematron("This is neither a Schematron schema (.sch) nor an XSLT that one was compiled to.")


def _root(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise NotSchematron(f"This is not well-formed XML: {error}.") from None


def _of_schema(root: etree._Element, content: bytes) -> Artefact:
    for name in ("include", "extends"):
        if root.find(f".//{_SCH}{name}") is not None:
            raise NotSchematron(f"It has {name} elements; add the file that they were put together in.")
    if root.find(f"{_SCH}pattern[@is-a]") is not None:
        raise NotSchematron("It has abstract patterns; add the file in which they are filled in.")
    patterns = list(root.iterchildren(f"{_SCH}pattern"))
    return Artefact(
        sha256=sha256(content).hexdigest(),
        title=_text(root.find(f"{_SCH}title")),
        namespaces={ns.get("prefix", ""): ns.get("uri", "") for ns in root.iterchildren(f"{_SCH}ns")},
        lets=tuple(let for each in (root, *patterns) for let in _lets(each, f"{_SCH}let", "value")),
        functions=_functions(root),
        patterns=tuple(Pattern(tuple(_rules(pattern))) for pattern in patterns),
    )


def _rules(pattern: etree._Element) -> Iterator[Rule]:
    for rule in pattern.iterchildren(f"{_SCH}rule"):
        yield Rule(rule.get("context", ""), _lets(rule, f"{_SCH}let", "value"), tuple(_checks_of_rule(rule)))


def _checks_of_rule(rule: etree._Element) -> Iterator[Check]:
    for check in rule.iterchildren(f"{_SCH}assert", f"{_SCH}report"):
        yield Check(
            code=check.get("id") or _unnamed(check),
            severity=_severity(check.get("flag") or check.get("role")),
            test=check.get("test", ""),
            text=_text(check),
            is_report=check.tag == f"{_SCH}report",
        )


def _of_stylesheet(root: etree._Element, content: bytes) -> Artefact:
    modes: dict[str, list[tuple[float, Rule]]] = {}
    for template in root.iterchildren(f"{_XSL}template"):
        if template.find(f"{_SVRL}fired-rule") is not None:
            priority = float(template.get("priority", "0"))
            modes.setdefault(template.get("mode", ""), []).append((priority, _rule(template)))
    if not modes:
        raise NotSchematron(
            "This XSLT was not made of a Schematron schema: none of its templates fires a rule."
        )
    return Artefact(
        sha256=sha256(content).hexdigest(),
        title=_text(root.find(f".//{_SVRL}schematron-output[@title]")) or _title(root),
        namespaces={prefix: uri for prefix, uri in root.nsmap.items() if prefix},
        lets=(*_lets(root, f"{_XSL}param", "select"), *_lets(root, f"{_XSL}variable", "select")),
        functions=_functions(root),
        patterns=tuple(Pattern(_by_priority(rules)) for rules in modes.values()),
    )


def _by_priority(rules: list[tuple[float, Rule]]) -> tuple[Rule, ...]:
    return tuple(rule for _, rule in sorted(rules, key=lambda each: -each[0]))


def _title(root: etree._Element) -> str:
    output = root.find(f".//{_SVRL}schematron-output")
    return "" if output is None else output.get("title", "")


def _rule(template: etree._Element) -> Rule:
    return Rule(
        context=template.get("match", ""),
        lets=_lets(template, f"{_XSL}variable", "select"),
        checks=tuple(_checks_of_template(template)),
    )


def _checks_of_template(template: etree._Element) -> Iterator[Check]:
    for check in template.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report"):
        given = {each.get("name"): _text(each) for each in check.iterchildren(f"{_XSL}attribute")}
        given = {**{str(name): str(value) for name, value in check.attrib.items()}, **given}
        yield Check(
            code=given.get("id") or _unnamed(check),
            severity=_severity(given.get("flag") or given.get("role")),
            test=_test(check),
            text=_text(check.find(f"{_SVRL}text")),
            is_report=check.tag == f"{_SVRL}successful-report",
        )


def _test(check: etree._Element) -> str:
    around = check.getparent()
    if around is not None and around.tag == f"{_XSL}otherwise":
        choose = around.getparent()
        when = None if choose is None else choose.find(f"{_XSL}when")
        return "" if when is None else when.get("test", "")
    return "" if around is None else around.get("test", "")


def _functions(root: etree._Element) -> tuple[Function, ...]:
    return tuple(_function(each) for each in root.iterchildren(f"{_XSL}function"))


def _function(element: etree._Element) -> Function:
    return Function(
        name=element.get("name", ""),
        parameters=tuple(
            (each.get("name", ""), each.get("as")) for each in element.iterchildren(f"{_XSL}param")
        ),
        lets=_lets_within(element),
        select=_result(element),
        result=element.get("as"),
    )


def _result(element: etree._Element) -> str:
    """The XPath of what a function or a branch gives; empty where it is put together in another way."""
    given = list(element.iterchildren(f"{_XSL}sequence", f"{_XSL}value-of", f"{_XSL}choose"))
    if len(given) != 1:
        return ""
    return _choice(given[0]) if given[0].tag == f"{_XSL}choose" else given[0].get("select", "")


def _choice(choose: etree._Element) -> str:
    *whens, otherwise = choose.iterchildren(f"{_XSL}when", f"{_XSL}otherwise")
    select = _result(otherwise)
    for when in reversed(whens):
        select = f"if ({when.get('test')}) then ({_result(when)}) else ({select})"
    return select if otherwise.tag == f"{_XSL}otherwise" else ""


def _lets_within(function: etree._Element) -> tuple[Let, ...]:
    """Variables of a function, those of its branches too; of two of the same name it has neither."""
    found = [(each.get("name", ""), _value(each)) for each in function.iter(f"{_XSL}variable")]
    names = [name for name, _ in found]
    return tuple(Let(name, select) for name, select in found if select and names.count(name) == 1)


def _value(variable: etree._Element) -> str:
    return variable.get("select") or _result(variable) or _literal(variable)


def _lets(element: etree._Element, tag: str, attribute: str) -> tuple[Let, ...]:
    lets = (
        Let(each.get("name", ""), each.get(attribute) or _literal(each)) for each in element.iterchildren(tag)
    )
    return tuple(let for let in lets if let.select)


def _literal(element: etree._Element) -> str:
    """The text that a variable is written with, as XPath; empty where it holds elements."""
    text = element.text or ""
    return f"""'{text.replace("'", "''")}'""" if text.strip() and not len(element) else ""


def _severity(flag: str | None) -> Severity:
    return Severity.WARNING if (flag or "").strip().lower() in _WARNINGS else Severity.FATAL


def _unnamed(check: etree._Element) -> str:
    return f"line-{check.sourceline}"


def _text(element: etree._Element | None) -> str:
    return "" if element is None else " ".join("".join(map(str, element.itertext("*"))).split())
