"""The national rules of Peppol BIS Billing 3.0 (3.0.21), for sellers in eight countries; there are none for Belgium."""

from invoices.rules.national import denmark, greece, iceland, netherlands, sweden
from invoices.rules.national.denmark_payment import DANISH_PAYMENT
from invoices.rules.national.germany import AMONG_GERMANS
from invoices.rules.national.germany_payment import GERMAN_PAYMENT
from invoices.rules.national.greece_number import GREEK_NUMBERS
from invoices.rules.national.italy import ITALIAN_SELLERS
from invoices.rules.national.norway import NORWEGIAN_SELLERS
from invoices.rules.rule import Table

NATIONAL: tuple[Table, ...] = (
    *(netherlands.SELLERS, netherlands.AMONG_DUTCH, netherlands.REPRESENTED),
    *(AMONG_GERMANS, GERMAN_PAYMENT),
    *(denmark.SELLERS, denmark.AMONG_DANES, DANISH_PAYMENT),
    *(sweden.SELLERS, sweden.WITH_VAT, sweden.AMONG_SWEDES),
    *(NORWEGIAN_SELLERS, ITALIAN_SELLERS),
    *(GREEK_NUMBERS, greece.SELLERS, greece.AT_HOME, greece.ADDRESSES, greece.AMONG_GREEKS),
    *(iceland.SELLERS, iceland.AMONG_ICELANDERS),
)
"""Each applies to documents of some countries only, and costs next to nothing elsewhere."""
