"""For every rule that a document can break, changes that break it; and the few that break others with it."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.invoices.rules.en16931 import (
    violations_amounts,
    violations_codes,
    violations_header,
    violations_lines,
    violations_parties,
    violations_vat,
)
from tests.invoices.rules.en16931.documents import Base
from tests.invoices.rules.en16931.edits import Edit, changed

_FAMILIES = (
    violations_header,
    violations_parties,
    violations_lines,
    violations_amounts,
    violations_codes,
    violations_vat,
)

_OF_DECIMALS = (1, 2, 5, 6, 9, 10, 11, 12, 14, 16, 17, 18, 19, 20, 23, 24, 25, 27, 28)

TOGETHER = {
    # EN 16931 numbers the same demand twice: as a rule and as a condition.
    "BR-33": {"BR-CO-21"},
    "BR-38": {"BR-CO-22"},
    "BR-42": {"BR-CO-23"},
    "BR-44": {"BR-CO-24"},
    "BR-55": {"UBL-SR-07"},
    # Sums that need the missing amount do not add up.
    "BR-12": {"BR-CO-10", "BR-CO-13"},
    "BR-13": {"BR-CO-13", "BR-CO-15"},
    "BR-14": {"BR-CO-15", "BR-CO-16"},
    # What is missing cannot have a unit, or a price that is not negative.
    "BR-22": {"BR-23"},
    "BR-26": {"BR-27"},
    # A subtotal without a VAT category has no rate of one either.
    "BR-47": {"BR-48"},
    # No total can be in a currency that does not exist, without breaking BR-CL-03 instead.
    "BR-CL-04": {"BR-CO-15"},
    "BR-CL-05": {"BR-53"},
    # Outside the scope of VAT all lines are, and so they miss the missing number too.
    "BR-O-03": {"BR-O-02"},
    "BR-O-04": {"BR-O-02"},
    # Of three numbers, two are for VAT or two are for something else.
    "UBL-SR-42": {"UBL-SR-13"},
    # UBL's syntax rules ask two decimals of any amount, whatever it is.
    **{f"BR-DEC-{number:02}": {"UBL-DT-01"} for number in _OF_DECIMALS},
}
"""Rules that cannot be broken without these."""

NEVER = {"BR-CO-05", "BR-CO-06", "BR-CO-07", "BR-CO-08"}
"""Whether a code and a text give the same reason is not for a program to say: they are true of everything."""


class Violation(NamedTuple):
    """A document that breaks a rule, of which kind it is, and all the rules that it breaks."""

    rule: str
    kind: str
    base: Base
    edits: list[Edit]

    @property
    def document(self) -> bytes:
        """The changed document."""
        base = self.base.invoice if self.kind == "invoice" else self.base.credit_note
        return changed(base, *self.edits)

    @property
    def broken(self) -> set[str]:
        """The ids of the fatal rules that it breaks."""
        return {self.rule} | TOGETHER.get(self.rule, set())


def violations() -> Iterator[Violation]:
    """One of each rule for each kind of document."""
    for family in _FAMILIES:
        for base, changes in family.VIOLATIONS:
            for rule, edits in changes.items():
                if rule not in violations_lines.ONLY_IN_CREDIT_NOTES:
                    yield Violation(rule, "invoice", base, edits)
                if rule not in violations_header.ONLY_IN_INVOICES:
                    yield Violation(rule, "credit note", base, edits)
