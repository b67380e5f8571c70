"""Texts of EN 16931's rules about what may stand in an invoice, or on a line of it, only once."""

from typing import NamedTuple

from invoices.explain.text import Text, Words


class Thing(NamedTuple):
    """What something is called in each language, and where it stands in UBL."""

    en: str
    nl: str
    fr: str
    element: str


def twice(thing: Thing) -> Text:
    """The text for something that appears more than once."""
    en, nl, fr = (f"{name[0].upper()}{name[1:]}" for name in thing[:3])
    return Text(
        en=Words(
            f"{en} appears {{found}} times instead of once.",
            f"Keep only one ({thing.element}).",
            f"{en} appears more than once.",
        ),
        nl=Words(
            f"{nl} komt {{found}} keer voor in plaats van één keer.",
            f"Behoud één vermelding ({thing.element}).",
            f"{nl} komt meer dan één keer voor.",
        ),
        fr=Words(
            f"{fr} figure {{found}} fois au lieu d'une.",
            f"Gardez une seule mention ({thing.element}).",
            f"{fr} figure plus d'une fois.",
        ),
    )


def _twice_on_line(thing: Thing) -> Text:
    return Text(
        en=Words(
            f"{{where}}: {thing.en} appears {{found}} times instead of once.",
            f"Keep only one ({thing.element}).",
            f"On a line, {thing.en} appears more than once.",
        ),
        nl=Words(
            f"{{where}}: {thing.nl} komt {{found}} keer voor in plaats van één keer.",
            f"Behoud één vermelding ({thing.element}).",
            f"Op een van de lijnen komt {thing.nl} meer dan één keer voor.",
        ),
        fr=Words(
            f"{{where}} : {thing.fr} figure {{found}} fois au lieu d'une.",
            f"Gardez une seule mention ({thing.element}).",
            f"Sur une des lignes, {thing.fr} figure plus d'une fois.",
        ),
    )


_ONCE = {
    "UBL-SR-01": Thing(
        "the contract number",
        "het contractnummer",
        "le numéro de contrat",
        "cac:ContractDocumentReference",
    ),
    "UBL-SR-02": Thing(
        "the receipt note",
        "de ontvangstbon",
        "le bon de réception",
        "cac:ReceiptDocumentReference",
    ),
    "UBL-SR-03": Thing(
        "the delivery note",
        "de leveringsbon",
        "le bon de livraison",
        "cac:DespatchDocumentReference",
    ),
    "UBL-SR-04": Thing(
        "the reference to what is invoiced",
        "de verwijzing naar wat gefactureerd wordt,",
        "la référence à l'objet facturé",
        "cac:AdditionalDocumentReference, cbc:DocumentTypeCode 130",
    ),
    "UBL-SR-05": Thing(
        "the payment condition",
        "de betalingsvoorwaarde",
        "la condition de paiement",
        "cac:PaymentTerms/cbc:Note",
    ),
    "UBL-SR-06": Thing(
        "the earlier invoice within one reference",
        "de eerdere factuur binnen één verwijzing",
        "la facture antérieure dans une même référence",
        "cac:BillingReference/cac:InvoiceDocumentReference",
    ),
    "UBL-SR-08": Thing(
        "the invoiced period",
        "de gefactureerde periode",
        "la période facturée",
        "cac:InvoicePeriod",
    ),
    "UBL-SR-24": Thing(
        "the delivery",
        "de levering",
        "la livraison",
        "cac:Delivery",
    ),
    "UBL-SR-26": Thing(
        "the payment reference within one way of payment",
        "de betalingsreferentie binnen één betaalwijze",
        "la référence de paiement dans un même mode de paiement",
        "cac:PaymentMeans/cbc:PaymentID",
    ),
    "UBL-SR-27": Thing(
        "the code within one way of payment",
        "de code binnen één betaalwijze",
        "le code dans un même mode de paiement",
        "cac:PaymentMeans/cbc:PaymentMeansCode",
    ),
    "UBL-SR-28": Thing(
        "the number of the direct debit mandate",
        "het nummer van de domiciliëring",
        "le numéro de la domiciliation",
        "cac:PaymentMandate/cbc:ID",
    ),
    "UBL-SR-30": Thing(
        "the reason for one discount",
        "de reden van één korting",
        "le motif d'une même remise",
        "cac:AllowanceCharge/cbc:AllowanceChargeReason",
    ),
    "UBL-SR-31": Thing(
        "the reason for one charge",
        "de reden van één toeslag",
        "le motif d'un même supplément",
        "cac:AllowanceCharge/cbc:AllowanceChargeReason",
    ),
    "UBL-SR-32": Thing(
        "the reason for not charging VAT, in one row of the VAT breakdown,",
        "de reden van de btw-vrijstelling, in één rij van de btw-uitsplitsing,",
        "le motif d'exemption de la TVA, dans une même rubrique de la ventilation,",
        "cac:TaxCategory/cbc:TaxExemptionReason",
    ),
    "UBL-SR-33": Thing(
        "the description of one attached document",
        "de omschrijving van één bijgevoegd document",
        "la description d'un même document joint",
        "cac:AdditionalDocumentReference/cbc:DocumentDescription",
    ),
    "UBL-SR-39": Thing(
        "the project number",
        "het projectnummer",
        "le numéro de projet",
        "cac:ProjectReference",
    ),
    "UBL-SR-45": Thing(
        "the due date",
        "de vervaldatum",
        "la date d'échéance",
        "cac:PaymentMeans/cbc:PaymentDueDate",
    ),
    "UBL-SR-46": Thing(
        "the description of the way of payment",
        "de omschrijving van de betaalwijze",
        "la description du mode de paiement",
        "cac:PaymentMeans/cbc:PaymentMeansCode/@name",
    ),
    "UBL-SR-49": Thing(
        "the code for when VAT is due",
        "de code voor de opeisbaarheid van de btw",
        "le code d'exigibilité de la TVA",
        "cac:InvoicePeriod/cbc:DescriptionCode",
    ),
    "UBL-SR-54": Thing(
        "the payment card",
        "de betaalkaart",
        "la carte de paiement",
        "cac:PaymentMeans/cac:CardAccount",
    ),
    "UBL-SR-55": Thing(
        "the direct debit mandate",
        "de domiciliëring",
        "la domiciliation",
        "cac:PaymentMeans/cac:PaymentMandate",
    ),
    "UBL-SR-56": Thing(
        "the number of the call for tenders",
        "het nummer van de aanbesteding",
        "le numéro du marché public",
        "cac:OriginatorDocumentReference",
    ),
}
_ONCE_A_LINE = {
    "UBL-SR-34": Thing(
        "the note",
        "de opmerking",
        "la note",
        "cac:InvoiceLine/cbc:Note",
    ),
    "UBL-SR-35": Thing(
        "the order line",
        "de orderlijn",
        "la ligne de commande",
        "cac:OrderLineReference/cbc:LineID",
    ),
    "UBL-SR-36": Thing(
        "the period",
        "de periode",
        "la période",
        "cac:InvoiceLine/cac:InvoicePeriod",
    ),
    "UBL-SR-37": Thing(
        "the discount on the price",
        "de korting op de prijs",
        "la remise sur le prix",
        "cac:Price/cac:AllowanceCharge",
    ),
    "UBL-SR-50": Thing(
        "the description of the item",
        "de omschrijving van het artikel",
        "la description de l'article",
        "cac:Item/cbc:Description",
    ),
    "UBL-SR-52": Thing(
        "the reference to what is invoiced",
        "de verwijzing naar wat gefactureerd wordt,",
        "la référence à l'objet facturé",
        "cac:InvoiceLine/cac:DocumentReference",
    ),
}

TEXTS: dict[str, Text] = {
    **{rule: twice(thing) for rule, thing in _ONCE.items()},
    **{rule: _twice_on_line(thing) for rule, thing in _ONCE_A_LINE.items()},
}
