"""Texts of the national rules of Peppol BIS Billing 3.0."""

from invoices.explain.national_denmark import TEXTS as DENMARK
from invoices.explain.national_germany import TEXTS as GERMANY
from invoices.explain.national_germany_payment import TEXTS as GERMAN_PAYMENT
from invoices.explain.national_greece import TEXTS as GREECE
from invoices.explain.national_iceland import TEXTS as ICELAND
from invoices.explain.national_netherlands import TEXTS as NETHERLANDS
from invoices.explain.national_norway_italy import TEXTS as NORWAY_ITALY
from invoices.explain.national_sweden import TEXTS as SWEDEN
from invoices.explain.text import Text

TEXTS: dict[str, Text] = {
    **NETHERLANDS,
    **GERMANY,
    **GERMAN_PAYMENT,
    **DENMARK,
    **SWEDEN,
    **NORWAY_ITALY,
    **GREECE,
    **ICELAND,
}
"""By rule id."""
