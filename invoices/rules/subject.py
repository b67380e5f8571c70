"""What rules are asked about: a document's tree, and what many of them ask of it, found once."""

from functools import cached_property

from invoices.rules.tree import Node, Tree, normalised, string_of

UNKNOWN_COUNTRY = "XX"


class Subject:
    """An invoice or credit note under check.

    Attributes:
        address_countries: Country codes in parties' addresses by the party's path, as far as rules asked for them.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.root: Node = tree.root
        self.address_countries: dict[str, str] = {}

    @cached_property
    def is_credit_note(self) -> bool:
        """Whether the root element is CreditNote."""
        return self.root.place.name == "CreditNote"

    @cached_property
    def currency(self) -> str:
        """The invoice currency (BT-5); empty where it is missing."""
        return self.root.value("cbc:DocumentCurrencyCode")

    @cached_property
    def profile(self) -> str:
        """The business process (BT-23); empty where it is missing."""
        return self.root.value("cbc:ProfileID")

    @cached_property
    def customization(self) -> str:
        """The specification that the document says it follows (BT-24); empty where it is missing."""
        return self.root.value("cbc:CustomizationID")

    @cached_property
    def currencies(self) -> frozenset[str]:
        """The invoice currency (BT-5) as it stands, white space and all; empty where it is missing."""
        return frozenset(string_of(code) for code in self.root.leaves("cbc:DocumentCurrencyCode"))

    @cached_property
    def is_among_germans(self) -> bool:
        """Whether the addresses of both seller and buyer are in Germany."""
        parties = ("cac:AccountingSupplierParty", "cac:AccountingCustomerParty")
        return all(self._address_country(party) == "DE" for party in parties)

    @cached_property
    def seller_country(self) -> str:
        """The seller's country as Peppol has it: of its VAT number, its representative's, or its address.

        Empty where there are several VAT numbers: rules for a country then match none.
        """
        try:
            return normalised(
                self._vat_country("cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme")
                or self._vat_country("cac:TaxRepresentativeParty/cac:PartyTaxScheme")
                or self._address_country("cac:AccountingSupplierParty")
            )
        except _SeveralVatNumbers:
            return ""

    @cached_property
    def buyer_country(self) -> str:
        """The buyer's country as Peppol has it: of its VAT number, or of its address; else as the seller's."""
        try:
            return normalised(
                self._vat_country("cac:AccountingCustomerParty/cac:Party/cac:PartyTaxScheme")
                or self._address_country("cac:AccountingCustomerParty")
            )
        except _SeveralVatNumbers:
            return ""

    def _vat_country(self, path: str) -> str:
        # A blank in front of the number is part of the first two characters, as Peppol's own rules have it.
        schemes = [
            scheme
            for scheme in self.root.nodes(path)
            if any(string_of(each) == "VAT" for each in scheme.leaves("cac:TaxScheme/cbc:ID"))
        ]
        if len(schemes) > 1:
            raise _SeveralVatNumbers
        numbers = [string_of(number) for scheme in schemes for number in scheme.leaves("cbc:CompanyID")]
        return numbers[0][:2].upper() if numbers else ""

    def _address_country(self, party: str) -> str:
        path = f"{party}/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode"
        codes = self.root.leaves(path)
        return self.root.value(path).upper() if codes else UNKNOWN_COUNTRY


class _SeveralVatNumbers(ValueError):
    pass
