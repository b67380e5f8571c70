"""Texts of the rules of Belgian practice."""

from invoices.explain.text import Text, Words

TEXTS: dict[str, Text] = {
    "WB-BE-ENTERPRISE": Text(
        en=Words(
            "{found} is not a Belgian enterprise number: ten digits that begin with 0 or 1, of which the"
            " last two are check digits.",
            "Look up the right number in KBO Public Search and correct it (schemeID 0208).",
            "A party has an enterprise number with wrong digits.",
        ),
        nl=Words(
            "{found} is geen Belgisch ondernemingsnummer: tien cijfers, te beginnen met 0 of 1, waarvan de"
            " laatste twee controlecijfers zijn.",
            "Zoek het juiste nummer op in KBO Public Search en verbeter het (schemeID 0208).",
            "Een partij heeft een ondernemingsnummer met verkeerde cijfers.",
        ),
        fr=Words(
            "{found} n'est pas un numéro d'entreprise belge : dix chiffres commençant par 0 ou 1, dont les"
            " deux derniers sont des chiffres de contrôle.",
            "Cherchez le bon numéro dans BCE Public Search et corrigez-le (schemeID 0208).",
            "Une partie a un numéro d'entreprise aux chiffres incorrects.",
        ),
    ),
    "WB-BE-ESTABLISHMENT": Text(
        en=Words(
            "{found} is the number of an establishment, not of a company.",
            "State the enterprise number of the company, which begins with 0 or 1 (schemeID 0208).",
            "A party has the number of an establishment where that of its company should stand.",
        ),
        nl=Words(
            "{found} is het nummer van een vestigingseenheid, niet van een onderneming.",
            "Vermeld het ondernemingsnummer, dat begint met 0 of 1 (schemeID 0208).",
            "Een partij heeft het nummer van een vestigingseenheid in plaats van een ondernemingsnummer.",
        ),
        fr=Words(
            "{found} est le numéro d'une unité d'établissement, pas d'une entreprise.",
            "Indiquez le numéro d'entreprise, qui commence par 0 ou 1 (schemeID 0208).",
            "Une partie a le numéro d'une unité d'établissement au lieu d'un numéro d'entreprise.",
        ),
    ),
    "WB-BE-VAT": Text(
        en=Words(
            "{found} is not a Belgian VAT number: BE and ten digits that begin with 0 or 1, of which the"
            " last two are check digits.",
            "Ask the company for its VAT number, check it in VIES, and correct it"
            " (cac:PartyTaxScheme/cbc:CompanyID).",
            "A party has a Belgian VAT number with wrong digits.",
        ),
        nl=Words(
            "{found} is geen Belgisch btw-nummer: BE en tien cijfers, te beginnen met 0 of 1, waarvan de"
            " laatste twee controlecijfers zijn.",
            "Vraag de onderneming haar btw-nummer, controleer het in VIES en verbeter het"
            " (cac:PartyTaxScheme/cbc:CompanyID).",
            "Een partij heeft een Belgisch btw-nummer met verkeerde cijfers.",
        ),
        fr=Words(
            "{found} n'est pas un numéro de TVA belge : BE et dix chiffres commençant par 0 ou 1, dont les"
            " deux derniers sont des chiffres de contrôle.",
            "Demandez à l'entreprise son numéro de TVA, vérifiez-le dans VIES et corrigez-le"
            " (cac:PartyTaxScheme/cbc:CompanyID).",
            "Une partie a un numéro de TVA belge aux chiffres incorrects.",
        ),
    ),
    "WB-BE-OGM": Text(
        en=Words(
            "{found} is not a valid structured communication; its first ten digits ask for {expected}.",
            "On a purchase, ask the supplier before you pay. On a sale, correct"
            " cac:PaymentMeans/cbc:PaymentID.",
            "The payment reference looks like a structured communication, but is not a valid one.",
        ),
        nl=Words(
            "{found} is geen geldige gestructureerde mededeling; bij de eerste tien cijfers hoort"
            " {expected}.",
            "Aankoop: vraag de leverancier na vóór u betaalt. Verkoop: verbeter"
            " cac:PaymentMeans/cbc:PaymentID.",
            "De betalingsreferentie lijkt een gestructureerde mededeling, maar is geen geldige.",
        ),
        fr=Words(
            "{found} n'est pas une communication structurée valable ; ses dix premiers chiffres demandent"
            " {expected}.",
            "Achat : consultez le fournisseur avant de payer. Vente : corrigez"
            " cac:PaymentMeans/cbc:PaymentID.",
            "La référence de paiement ressemble à une communication structurée, mais n'est pas valable.",
        ),
    ),
    "WB-BE-IBAN": Text(
        en=Words(
            "{found} is not a valid IBAN: its check digits are wrong.",
            "On a purchase, ask the supplier for its account number before you pay. On a sale, correct"
            " cac:PayeeFinancialAccount/cbc:ID.",
            "The account number is not a valid IBAN: its check digits are wrong.",
        ),
        nl=Words(
            "{found} is geen geldig IBAN-nummer: de controlecijfers kloppen niet.",
            "Aankoop: vraag de leverancier zijn rekeningnummer vóór u betaalt. Verkoop: verbeter"
            " cac:PayeeFinancialAccount/cbc:ID.",
            "Het rekeningnummer is geen geldig IBAN-nummer: de controlecijfers kloppen niet.",
        ),
        fr=Words(
            "{found} n'est pas un IBAN valable : ses chiffres de contrôle sont incorrects.",
            "Achat : demandez au fournisseur son numéro de compte avant de payer. Vente : corrigez"
            " cac:PayeeFinancialAccount/cbc:ID.",
            "Le numéro de compte n'est pas un IBAN valable : ses chiffres de contrôle sont incorrects.",
        ),
    ),
    "WB-BE-DUE": Text(
        en=Words(
            "The due date, {found}, is before the invoice date, {expected}.",
            "On a purchase, ask the supplier by when to pay. On a sale, correct cbc:DueDate.",
            "The due date is before the invoice date.",
        ),
        nl=Words(
            "De vervaldatum, {found}, valt vóór de factuurdatum, {expected}.",
            "Aankoop: vraag de leverancier tegen wanneer u moet betalen. Verkoop: verbeter cbc:DueDate.",
            "De vervaldatum valt vóór de factuurdatum.",
        ),
        fr=Words(
            "La date d'échéance, {found}, précède la date de la facture, {expected}.",
            "Achat : demandez au fournisseur pour quand vous devez payer. Vente : corrigez cbc:DueDate.",
            "La date d'échéance précède la date de la facture.",
        ),
    ),
    "WB-BE-EUR": Text(
        en=Words(
            "Belgian VAT is charged in {found}, and its amount in {expected} is missing.",
            "Add the currency of the VAT return (cbc:TaxCurrencyCode) and a cac:TaxTotal in EUR.",
            "Belgian VAT is charged in another currency, and its amount in euro is missing.",
        ),
        nl=Words(
            "Er is Belgische btw aangerekend in {found}, maar het btw-bedrag in {expected} ontbreekt.",
            "Vermeld de valuta van de btw-aangifte (cbc:TaxCurrencyCode) en een cac:TaxTotal in EUR.",
            "Er is Belgische btw aangerekend in een andere munt, maar het btw-bedrag in euro ontbreekt.",
        ),
        fr=Words(
            "De la TVA belge est portée en compte en {found}, mais il manque son montant en {expected}.",
            "Indiquez la devise de la déclaration TVA (cbc:TaxCurrencyCode) et un cac:TaxTotal en EUR.",
            "De la TVA belge est portée en compte dans une autre devise, mais il manque son montant en"
            " euros.",
        ),
    ),
    "WB-BE-SIGN": Text(
        en=Words(
            "This credit note has a negative total, {found}: read to the letter, it charges that amount.",
            "Credited amounts stand in a credit note without a minus sign. On a purchase, ask the supplier"
            " for a correct one. On a sale, correct the signs in your invoicing program.",
            "This credit note has a negative total: read to the letter, it charges that amount.",
        ),
        nl=Words(
            "Deze creditnota heeft een negatief totaal, {found}: letterlijk gelezen rekent ze dat bedrag"
            " aan.",
            "Gecrediteerde bedragen staan in een creditnota zonder minteken. Aankoop: vraag de leverancier"
            " een juiste. Verkoop: verbeter de tekens in uw facturatieprogramma.",
            "Deze creditnota heeft een negatief totaal: letterlijk gelezen rekent ze dat bedrag aan.",
        ),
        fr=Words(
            "Cette note de crédit a un total négatif, {found} : prise à la lettre, elle porte ce montant"
            " en compte.",
            "Les montants crédités figurent sans signe moins dans une note de crédit. Achat : demandez-en"
            " une correcte au fournisseur. Vente : corrigez les signes dans votre logiciel de facturation.",
            "Cette note de crédit a un total négatif : prise à la lettre, elle porte ce montant en compte.",
        ),
    ),
    "WB-BE-TYPE": Text(
        en=Words(
            "This is sent as an invoice, but its type {found} is that of a credit note.",
            "On a purchase, ask the supplier which it is. On a sale, send a credit note as CreditNote with"
            " type {expected}, and an invoice with type 380.",
            "This is sent as an invoice, but its type is that of a credit note.",
        ),
        nl=Words(
            "Dit is als factuur verstuurd, maar type {found} is dat van een creditnota.",
            "Aankoop: vraag de leverancier wat het is. Verkoop: verstuur een creditnota als CreditNote met"
            " type {expected}, een factuur met type 380.",
            "Dit is als factuur verstuurd, maar het type is dat van een creditnota.",
        ),
        fr=Words(
            "Ceci est envoyé comme facture, mais le type {found} est celui d'une note de crédit.",
            "Achat : demandez au fournisseur ce qu'il en est. Vente : envoyez une note de crédit comme"
            " CreditNote de type {expected}, une facture avec le type 380.",
            "Ceci est envoyé comme facture, mais son type est celui d'une note de crédit.",
        ),
    ),
}
"""By rule id."""
