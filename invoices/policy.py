"""From verdict to disposition: what is done about a finding, by class, direction and preset."""

from collections.abc import Iterable
from enum import StrEnum

from invoices.findings import Finding, PolicyClass, Severity, Verdict
from invoices.source import Direction


class Disposition(StrEnum):
    """What policy does with an invoice, from mildest to strictest."""

    DELIVER = "deliver"
    DELIVER_WITH_WARNING = "deliver_with_warning"
    HOLD = "hold"
    BLOCK = "block"


class Preset(StrEnum):
    """A named column of the policy table."""

    BALANCED = "balanced"
    STRICT = "strict"
    LENIENT = "lenient"


_STRICTNESS = {disposition: rank for rank, disposition in enumerate(Disposition)}

D, C = Disposition, PolicyClass

TABLE: dict[Preset, dict[PolicyClass, dict[Direction, Disposition]]] = {
    Preset.BALANCED: {
        C.STRUCTURE: {Direction.SALE: D.BLOCK, Direction.PURCHASE: D.BLOCK},
        C.MONEY: {Direction.SALE: D.HOLD, Direction.PURCHASE: D.HOLD},
        C.FORM: {Direction.SALE: D.HOLD, Direction.PURCHASE: D.DELIVER_WITH_WARNING},
        C.WARNING: {Direction.SALE: D.DELIVER, Direction.PURCHASE: D.DELIVER},
    },
    Preset.STRICT: {
        C.STRUCTURE: {Direction.SALE: D.BLOCK, Direction.PURCHASE: D.BLOCK},
        C.MONEY: {Direction.SALE: D.BLOCK, Direction.PURCHASE: D.BLOCK},
        C.FORM: {Direction.SALE: D.BLOCK, Direction.PURCHASE: D.BLOCK},
        C.WARNING: {Direction.SALE: D.DELIVER, Direction.PURCHASE: D.DELIVER},
    },
    Preset.LENIENT: {
        C.STRUCTURE: {Direction.SALE: D.DELIVER_WITH_WARNING, Direction.PURCHASE: D.DELIVER_WITH_WARNING},
        C.MONEY: {Direction.SALE: D.DELIVER_WITH_WARNING, Direction.PURCHASE: D.DELIVER_WITH_WARNING},
        C.FORM: {Direction.SALE: D.DELIVER_WITH_WARNING, Direction.PURCHASE: D.DELIVER_WITH_WARNING},
        C.WARNING: {Direction.SALE: D.DELIVER, Direction.PURCHASE: D.DELIVER},
    },
}
"""What is done about a fatal finding. What cannot be read at all is blocked whatever the preset."""


def disposition(
    verdict: Verdict, findings: Iterable[Finding], direction: Direction, preset: Preset
) -> Disposition:
    """What policy does with a document of this verdict: the strictest that any of its findings asks for.

    A document that could not be checked is held (after it was tried again), and an invalid one without a
    fatal finding to weigh is blocked: neither may pass for want of a reason.
    """
    if verdict is Verdict.COULD_NOT_CHECK:
        return Disposition.HOLD
    asked = [
        TABLE[preset][finding.policy_class][direction]
        for finding in findings
        if finding.severity is Severity.FATAL
    ]
    if verdict is Verdict.INVALID and not asked:
        return Disposition.BLOCK
    return max(asked, key=_STRICTNESS.__getitem__, default=Disposition.DELIVER)
