"""Texts of EN 16931's rules about what a party of an invoice may have only once."""

from invoices.explain.multiplicity import Thing, twice
from invoices.explain.text import Text, Words

_ONCE = {
    "UBL-SR-09": Thing(
        "the seller's name",
        "de naam van de leverancier",
        "le nom du vendeur",
        "cac:PartyLegalEntity/cbc:RegistrationName",
    ),
    "UBL-SR-10": Thing(
        "the seller's trading name",
        "de handelsnaam van de leverancier",
        "le nom commercial du vendeur",
        "cac:PartyName/cbc:Name",
    ),
    "UBL-SR-11": Thing(
        "the seller's enterprise number",
        "het ondernemingsnummer van de leverancier",
        "le numéro d'entreprise du vendeur",
        "cac:PartyLegalEntity/cbc:CompanyID",
    ),
    "UBL-SR-12": Thing(
        "the seller's VAT number",
        "het btw-nummer van de leverancier",
        "le numéro de TVA du vendeur",
        "cac:PartyTaxScheme/cbc:CompanyID",
    ),
    "UBL-SR-13": Thing(
        "the seller's tax registration other than for VAT",
        "de andere fiscale registratie van de leverancier dan voor de btw",
        "l'identification fiscale du vendeur autre que pour la TVA",
        "cac:PartyTaxScheme/cbc:CompanyID",
    ),
    "UBL-SR-14": Thing(
        "the seller's legal form",
        "de rechtsvorm van de leverancier",
        "la forme juridique du vendeur",
        "cac:PartyLegalEntity/cbc:CompanyLegalForm",
    ),
    "UBL-SR-15": Thing(
        "the buyer's name",
        "de naam van de klant",
        "le nom de l'acheteur",
        "cac:PartyLegalEntity/cbc:RegistrationName",
    ),
    "UBL-SR-16": Thing(
        "the buyer's customer number or other number",
        "het klantnummer of ander nummer van de klant",
        "le numéro de client ou autre numéro de l'acheteur",
        "cac:PartyIdentification/cbc:ID",
    ),
    "UBL-SR-17": Thing(
        "the buyer's enterprise number",
        "het ondernemingsnummer van de klant",
        "le numéro d'entreprise de l'acheteur",
        "cac:PartyLegalEntity/cbc:CompanyID",
    ),
    "UBL-SR-18": Thing(
        "the buyer's VAT number",
        "het btw-nummer van de klant",
        "le numéro de TVA de l'acheteur",
        "cac:PartyTaxScheme/cbc:CompanyID",
    ),
    "UBL-SR-22": Thing(
        "the name of the seller's VAT representative",
        "de naam van de aansprakelijk vertegenwoordiger voor de btw",
        "le nom du représentant responsable pour la TVA",
        "cac:TaxRepresentativeParty/cac:PartyName",
    ),
    "UBL-SR-23": Thing(
        "the VAT number of the seller's VAT representative",
        "het btw-nummer van de aansprakelijk vertegenwoordiger",
        "le numéro de TVA du représentant responsable",
        "cac:TaxRepresentativeParty/cac:PartyTaxScheme",
    ),
    "UBL-SR-25": Thing(
        "the name of the party delivered to",
        "de naam van wie de levering ontvangt,",
        "le nom du destinataire de la livraison",
        "cac:Delivery/cac:DeliveryParty/cac:PartyName",
    ),
    "UBL-SR-29": Thing(
        "the creditor's SEPA number",
        "het SEPA-nummer van de schuldeiser",
        "le numéro SEPA du créancier",
        "cac:PartyIdentification/cbc:ID, schemeID SEPA",
    ),
    "UBL-SR-40": Thing(
        "the buyer's trading name",
        "de handelsnaam van de klant",
        "le nom commercial de l'acheteur",
        "cac:PartyName/cbc:Name",
    ),
    "UBL-SR-51": Thing(
        "the third line of an address",
        "de derde regel van een adres",
        "la troisième ligne d'une adresse",
        "cac:AddressLine",
    ),
}
_OF_PAYEE = {
    "UBL-SR-19": Thing(
        "name",
        "naam",
        "nom",
        "cac:PayeeParty/cac:PartyName",
    ),
    "UBL-SR-20": Thing(
        "number",
        "nummer",
        "numéro",
        "cac:PayeeParty/cac:PartyIdentification",
    ),
    "UBL-SR-21": Thing(
        "enterprise number",
        "ondernemingsnummer",
        "numéro d'entreprise",
        "cac:PayeeParty/cac:PartyLegalEntity/cbc:CompanyID",
    ),
}


def _payee(thing: Thing) -> Text:
    return Text(
        en=Words(
            f"The payee has the seller's name, no name, or more than one {thing.en}.",
            f"Leave the payee out if it is the seller; otherwise keep one {thing.en} ({thing.element}).",
        ),
        nl=Words(
            f"De begunstigde heeft de naam van de leverancier, geen naam of meer dan één {thing.nl}.",
            f"Laat de begunstigde weg als het de leverancier is; behoud anders één {thing.nl} ({thing.element}).",
        ),
        fr=Words(
            f"Le bénéficiaire a le nom du vendeur, n'a pas de nom ou a plus d'un {thing.fr}.",
            f"Supprimez le bénéficiaire si c'est le vendeur ; sinon gardez un seul {thing.fr} ({thing.element}).",
        ),
    )


TEXTS: dict[str, Text] = {
    **{rule: twice(thing) for rule, thing in _ONCE.items()},
    **{rule: _payee(thing) for rule, thing in _OF_PAYEE.items()},
    "UBL-SR-42": Text(
        en=Words(
            "The seller has {found} tax registrations instead of two at most.",
            "Keep the VAT number and at most one other (cac:PartyTaxScheme).",
            "The seller has more than two tax registrations.",
        ),
        nl=Words(
            "De leverancier heeft {found} fiscale registraties in plaats van hoogstens twee.",
            "Behoud het btw-nummer en hoogstens één andere (cac:PartyTaxScheme).",
            "De leverancier heeft meer dan twee fiscale registraties.",
        ),
        fr=Words(
            "Le vendeur a {found} identifications fiscales au lieu de deux au plus.",
            "Gardez le numéro de TVA et au plus une autre (cac:PartyTaxScheme).",
            "Le vendeur a plus de deux identifications fiscales.",
        ),
    ),
}
