"""Texts of Waybill's own findings, whose English is written where they arise, with its details in it."""

from collections.abc import Callable

from invoices.explain import (
    waybill_checking,
    waybill_reading,
    waybill_receipts,
    waybill_records,
    waybill_structure,
    waybill_twins,
)
from invoices.explain.text import Text
from invoices.findings import Finding

TEXTS: dict[str, Text] = {
    **waybill_reading.TEXTS,
    **waybill_structure.TEXTS,
    **waybill_checking.TEXTS,
    **waybill_twins.TEXTS,
    **waybill_records.TEXTS,
    **waybill_receipts.TEXTS,
}
"""By finding code."""

SPECIFIC = frozenset(TEXTS)
"""Codes whose findings keep their own English words, where they have any."""

_TELLERS: dict[str, Callable[[Finding], tuple[Text, Finding]]] = {
    **dict.fromkeys(waybill_reading.TEXTS, waybill_reading.told),
    **dict.fromkeys(waybill_structure.TEXTS, waybill_structure.told),
    **dict.fromkeys(waybill_twins.TEXTS, waybill_twins.told),
    **dict.fromkeys(waybill_records.TEXTS, waybill_records.told),
}


def told(finding: Finding) -> tuple[Text, Finding]:
    """The text that fits a finding of these codes best, and the finding with its values as that shows them."""
    teller = _TELLERS.get(finding.code)
    return teller(finding) if teller else (TEXTS[finding.code], finding)
