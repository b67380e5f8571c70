"""Texts of the generic rules of Peppol BIS Billing 3.0."""

from invoices.explain.peppol_amounts import TEXTS as AMOUNTS
from invoices.explain.peppol_codes import TEXTS as CODES
from invoices.explain.peppol_header import TEXTS as HEADER
from invoices.explain.peppol_identifiers import TEXTS as IDENTIFIERS
from invoices.explain.peppol_lines import TEXTS as LINES
from invoices.explain.text import Text

TEXTS: dict[str, Text] = {**HEADER, **AMOUNTS, **LINES, **CODES, **IDENTIFIERS}
"""By rule id."""
