"""The generic rules of Peppol BIS Billing 3.0 (3.0.21), for billing and for self-billing."""

from invoices.rules.peppol.allowances import ALLOWANCES
from invoices.rules.peppol.amounts import AMOUNTS
from invoices.rules.peppol.codes import CODES
from invoices.rules.peppol.header import HEADER
from invoices.rules.peppol.identifiers import IDENTIFIERS
from invoices.rules.peppol.lines import LINES
from invoices.rules.peppol.processes import BILLING
from invoices.rules.peppol.processes import SELF_BILLING as _SELF_BILLING
from invoices.rules.rule import Table

_SHARED = (HEADER, AMOUNTS, ALLOWANCES, LINES, CODES, IDENTIFIERS)

GENERIC: tuple[Table, ...] = (Table.together(BILLING, *_SHARED),)
"""What an invoice or credit note in Peppol must meet, whatever its country."""

SELF_BILLING: tuple[Table, ...] = (Table.together(_SELF_BILLING, *_SHARED),)
"""The same where the buyer writes it in the seller's name."""
