"""Texts of Peppol's rules about what an invoice says it is, its references, its parties and how it is paid."""

from invoices.explain.text import Text, Words
from invoices.explain.wording import missing

_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_ENDPOINT = "cbc:EndpointID"

TEXTS: dict[str, Text] = {
    "PEPPOL-EN16931-R001": Text(
        en=Words("The business process is missing.", f"Add it (cbc:ProfileID), usually {_PROCESS}."),
        nl=Words("Het bedrijfsproces ontbreekt.", f"Voeg het toe (cbc:ProfileID), meestal {_PROCESS}."),
        fr=Words("Il manque le processus métier.", f"Ajoutez-le (cbc:ProfileID), en général {_PROCESS}."),
    ),
    "PEPPOL-EN16931-R002": Text(
        en=Words(
            "The invoice has {found} notes; one is allowed.",
            "Put them together in one cbc:Note. Only between German companies may there be several.",
            "The invoice has more than one note.",
        ),
        nl=Words(
            "De factuur heeft {found} opmerkingen; één is toegelaten.",
            "Voeg ze samen in één cbc:Note. Alleen tussen Duitse bedrijven mogen er meer zijn.",
            "De factuur heeft meer dan één opmerking.",
        ),
        fr=Words(
            "La facture comporte {found} remarques ; une seule est admise.",
            "Regroupez-les dans un seul cbc:Note. Seules les entreprises allemandes entre elles peuvent en mettre"
            " plusieurs.",
            "La facture comporte plus d'une remarque.",
        ),
    ),
    "PEPPOL-EN16931-R003": Text(
        en=Words(
            "Buyer reference and order number are missing; one of them is needed.",
            "State the reference that the buyer gave (cbc:BuyerReference) or the number of its order"
            " (cac:OrderReference/cbc:ID).",
        ),
        nl=Words(
            "Referentie van de klant en bestelnummer ontbreken; één van beide is nodig.",
            "Vermeld de referentie die de klant opgaf (cbc:BuyerReference) of het nummer van zijn bestelling"
            " (cac:OrderReference/cbc:ID).",
        ),
        fr=Words(
            "Il manque la référence de l'acheteur ou le numéro de commande ; il faut au moins l'un des deux.",
            "Indiquez la référence donnée par l'acheteur (cbc:BuyerReference) ou le numéro de sa commande"
            " (cac:OrderReference/cbc:ID).",
        ),
    ),
    "PEPPOL-EN16931-R004": Text(
        en=Words(
            "The invoice says that it follows {found}; in Peppol that is {expected}.",
            "Correct the specification (cbc:CustomizationID).",
            "The invoice does not say that it follows Peppol BIS Billing 3.0.",
        ),
        nl=Words(
            "De factuur zegt dat ze {found} volgt; in Peppol is dat {expected}.",
            "Verbeter de specificatie (cbc:CustomizationID).",
            "De factuur zegt niet dat ze Peppol BIS Billing 3.0 volgt.",
        ),
        fr=Words(
            "La facture dit suivre {found} ; dans Peppol, c'est {expected}.",
            "Corrigez la spécification (cbc:CustomizationID).",
            "La facture ne dit pas suivre Peppol BIS Billing 3.0.",
        ),
    ),
    "PEPPOL-EN16931-R007": Text(
        en=Words(
            "{found} is not a business process of Peppol.",
            f"Use {_PROCESS} (cbc:ProfileID), or that of self-billing.",
            "The business process is not one of Peppol's.",
        ),
        nl=Words(
            "{found} is geen bedrijfsproces van Peppol.",
            f"Gebruik {_PROCESS} (cbc:ProfileID), of dat van selfbilling.",
            "Het bedrijfsproces is er geen van Peppol.",
        ),
        fr=Words(
            "{found} n'est pas un processus métier de Peppol.",
            f"Utilisez {_PROCESS} (cbc:ProfileID), ou celui de l'autofacturation.",
            "Le processus métier n'est pas un processus de Peppol.",
        ),
    ),
    "PEPPOL-EN16931-R008": Text(
        en=Words(
            "The field {found} is empty.",
            "Fill it in, or leave the element out.",
            "A field of the invoice is empty.",
        ),
        nl=Words(
            "Het veld {found} is leeg.",
            "Vul het in of laat het element weg.",
            "Een veld van de factuur is leeg.",
        ),
        fr=Words(
            "Le champ {found} est vide.",
            "Complétez-le ou omettez l'élément.",
            "Un champ de la facture est vide.",
        ),
    ),
    "PEPPOL-EN16931-R010": missing(
        "the buyer's electronic address (Peppol)",
        "het elektronische adres (Peppol) van de klant",
        "l'adresse électronique (Peppol) de l'acheteur",
        f"cac:AccountingCustomerParty/cac:Party/{_ENDPOINT}",
    ),
    "PEPPOL-EN16931-R020": missing(
        "the seller's electronic address (Peppol)",
        "het elektronische adres (Peppol) van de leverancier",
        "l'adresse électronique (Peppol) du vendeur",
        f"cac:AccountingSupplierParty/cac:Party/{_ENDPOINT}",
    ),
    "PEPPOL-EN16931-R061": Text(
        en=Words(
            "Payment is by direct debit, but the mandate reference is missing.",
            "Add it (cac:PaymentMandate/cbc:ID), or state another way of payment (cbc:PaymentMeansCode).",
        ),
        nl=Words(
            "De betaling gebeurt per domiciliëring, maar de referentie van het mandaat ontbreekt.",
            "Voeg ze toe (cac:PaymentMandate/cbc:ID) of kies een andere betaalwijze (cbc:PaymentMeansCode).",
        ),
        fr=Words(
            "Le paiement se fait par domiciliation, mais il manque la référence du mandat.",
            "Ajoutez-la (cac:PaymentMandate/cbc:ID) ou choisissez un autre mode de paiement"
            " (cbc:PaymentMeansCode).",
        ),
    ),
    "PEPPOL-EN16931-R080": Text(
        en=Words(
            "The credit note refers to {found} projects; one is allowed.",
            "Keep one cac:AdditionalDocumentReference of type 50.",
            "The credit note refers to more than one project.",
        ),
        nl=Words(
            "De creditnota verwijst naar {found} projecten; één is toegelaten.",
            "Behoud één cac:AdditionalDocumentReference van type 50.",
            "De creditnota verwijst naar meer dan één project.",
        ),
        fr=Words(
            "La note de crédit renvoie à {found} projets ; un seul est admis.",
            "Gardez un seul cac:AdditionalDocumentReference de type 50.",
            "La note de crédit renvoie à plus d'un projet.",
        ),
    ),
    "PEPPOL-EN16931-F001": Text(
        en=Words(
            "{found} is not a date in the form 2026-03-31.",
            "Write year, month and day with hyphens, without time zone.",
            "A date is not in the form 2026-03-31.",
        ),
        nl=Words(
            "{found} is geen datum in de vorm 2026-03-31.",
            "Schrijf jaar, maand en dag met koppeltekens, zonder tijdzone.",
            "Een datum heeft niet de vorm 2026-03-31.",
        ),
        fr=Words(
            "{found} n'est pas une date de la forme 2026-03-31.",
            "Écrivez l'année, le mois et le jour avec des traits d'union, sans fuseau horaire.",
            "Une date n'a pas la forme 2026-03-31.",
        ),
    ),
}
