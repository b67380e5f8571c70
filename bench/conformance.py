"""What differs between our verdicts and those of the official artefacts, on every official document.

Usage: python bench/conformance.py [--all]

Prints a table of rule ids by how often they differ: nothing below its head means that nothing does. Documents that
break the XSD are counted apart, since structure comes first and their rules are never asked; --all asks them too.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import gettempdir

from lxml import etree

from artefacts.shelf import Shelf
from invoices.rules import peppol
from invoices.rules.book import RuleBook
from invoices.rules.national import NATIONAL
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree
from tests.corpora import OfficialDocument, mutants, official_documents

_PARSER = etree.XMLParser(huge_tree=True, remove_comments=True, remove_pis=True, resolve_entities=False)

Ask = Callable[[Subject], Iterator[str]]


def main() -> None:
    """Compare both rule sets on the official documents and on the mutants."""
    book = Shelf(Path(gettempdir(), "waybill-conformance")).book()
    broken = False
    for name, documents in (("official documents", official_documents), ("mutants", mutants)):
        for rules, ask in (("en16931", _en16931(book)), ("peppol", _peppol)):
            broken |= _compare(f"{name}, {rules}", documents(), rules, ask)
    sys.exit(broken)


def _en16931(book: RuleBook) -> Ask:
    return lambda subject: (check.code for check, _ in book.en16931.broken(subject))


def _peppol(subject: Subject) -> Iterator[str]:
    for table in (*peppol.GENERIC, *NATIONAL):
        for rule, _ in table.broken(subject):
            yield rule.code


def _compare(title: str, documents: Iterator[OfficialDocument], rules: str, ask: Ask) -> bool:
    counts, missing, surplus = Counter[str](), Counter[str](), Counter[str]()
    for document in documents:
        if not document.xsd and "--all" not in sys.argv:
            counts["structure comes first"] += 1
            continue
        expected, found = getattr(document, rules), _found(document, ask)
        if expected is None:
            counts["the reference stopped"] += 1
        elif found is None:
            counts["we stopped"] += 1
            missing.update(expected)
        else:
            equal = found == Counter(expected)
            counts["equal" if equal else "different"] += 1
            missing.update(Counter(expected) - found)
            surplus.update(found - Counter(expected))
    _print(title, counts, missing, surplus)
    return counts["different"] + counts["we stopped"] > 0


def _found(document: OfficialDocument, ask: Ask) -> Counter[str] | None:
    try:
        with Tree(etree.fromstring(document.content, _PARSER)) as tree:
            return Counter(ask(Subject(tree)))
    except Exception:
        return None


def _print(title: str, counts: Counter[str], missing: Counter[str], surplus: Counter[str]) -> None:
    print(f"{title}: {', '.join(f'{count:,} {what}' for what, count in sorted(counts.items()))}")
    print(f"  {'rule':28} {'missing':>8} {'surplus':>8}")
    for code in sorted({*missing, *surplus}):
        print(f"  {code:28} {missing[code]:8,} {surplus[code]:8,}")


if __name__ == "__main__":
    main()
