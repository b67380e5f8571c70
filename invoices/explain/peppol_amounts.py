"""Texts of Peppol's rules about currencies, VAT totals, allowances and charges."""

from invoices.explain.text import Text, Words
from invoices.explain.wording import wrong_amount

_ALLOWANCE = "cac:AllowanceCharge"

TEXTS: dict[str, Text] = {
    "PEPPOL-EN16931-R005": Text(
        en=Words(
            "The currency for VAT, {found}, is that of the invoice itself.",
            "Leave out cbc:TaxCurrencyCode, and the VAT total in that currency.",
            "The currency for VAT is that of the invoice itself.",
        ),
        nl=Words(
            "De valuta voor de btw, {found}, is die van de factuur zelf.",
            "Laat cbc:TaxCurrencyCode weg, en het btw-totaal in die valuta.",
            "De valuta voor de btw is die van de factuur zelf.",
        ),
        fr=Words(
            "La devise pour la TVA, {found}, est celle de la facture elle-même.",
            "Omettez cbc:TaxCurrencyCode, ainsi que le total de TVA dans cette devise.",
            "La devise pour la TVA est celle de la facture elle-même.",
        ),
    ),
    "PEPPOL-EN16931-R040": wrong_amount(
        f"{_ALLOWANCE}/cbc:Amount",
        (
            "An allowance or charge is {found}; its percentage of its base amount is {expected}.",
            "An allowance or charge is not its percentage of its base amount.",
        ),
        (
            "Een korting of toeslag bedraagt {found}; het percentage op het basisbedrag geeft {expected}.",
            "Een korting of toeslag is niet gelijk aan het percentage op het basisbedrag.",
        ),
        (
            "Une remise ou un supplément est de {found} ; le pourcentage du montant de base donne {expected}.",
            "Une remise ou un supplément n'est pas égal au pourcentage du montant de base.",
        ),
    ),
    "PEPPOL-EN16931-R041": Text(
        en=Words(
            "An allowance or charge has a percentage but no base amount.",
            f"Add the amount that it is a percentage of ({_ALLOWANCE}/cbc:BaseAmount), or leave out the percentage.",
        ),
        nl=Words(
            "Een korting of toeslag heeft een percentage maar geen basisbedrag.",
            f"Voeg het bedrag toe waarop het percentage slaat ({_ALLOWANCE}/cbc:BaseAmount) of laat het"
            " percentage weg.",
        ),
        fr=Words(
            "Une remise ou un supplément a un pourcentage mais pas de montant de base.",
            f"Ajoutez le montant auquel il s'applique ({_ALLOWANCE}/cbc:BaseAmount) ou omettez le pourcentage.",
        ),
    ),
    "PEPPOL-EN16931-R042": Text(
        en=Words(
            "An allowance or charge has a base amount but no percentage.",
            f"Add the percentage ({_ALLOWANCE}/cbc:MultiplierFactorNumeric), or leave out the base amount.",
        ),
        nl=Words(
            "Een korting of toeslag heeft een basisbedrag maar geen percentage.",
            f"Voeg het percentage toe ({_ALLOWANCE}/cbc:MultiplierFactorNumeric) of laat het basisbedrag weg.",
        ),
        fr=Words(
            "Une remise ou un supplément a un montant de base mais pas de pourcentage.",
            f"Ajoutez le pourcentage ({_ALLOWANCE}/cbc:MultiplierFactorNumeric) ou omettez le montant de base.",
        ),
    ),
    "PEPPOL-EN16931-R043": Text(
        en=Words(
            "Whether it is an allowance or a charge is stated as {found}, not as true or false.",
            "Write true for a charge, false for an allowance (cbc:ChargeIndicator).",
            "An allowance or charge does not say which of the two it is.",
        ),
        nl=Words(
            "Of het een korting of een toeslag is, staat er als {found} en niet als true of false.",
            "Schrijf true voor een toeslag en false voor een korting (cbc:ChargeIndicator).",
            "Een korting of toeslag zegt niet welke van de twee ze is.",
        ),
        fr=Words(
            "Le choix entre remise et supplément est indiqué par {found}, et non par true ou false.",
            "Écrivez true pour un supplément et false pour une remise (cbc:ChargeIndicator).",
            "Il n'est pas dit s'il s'agit d'une remise ou d'un supplément.",
        ),
    ),
    "PEPPOL-EN16931-R051": Text(
        en=Words(
            "An amount is in {found}; the invoice is in {expected}.",
            "State every amount in the currency of the invoice (@currencyID), but for the VAT total in another.",
            "An amount is in another currency than the invoice.",
        ),
        nl=Words(
            "Een bedrag staat in {found}; de factuur is in {expected}.",
            "Vermeld elk bedrag in de valuta van de factuur (@currencyID), behalve het btw-totaal in een andere.",
            "Een bedrag staat in een andere valuta dan de factuur.",
        ),
        fr=Words(
            "Un montant est en {found} ; la facture est en {expected}.",
            "Indiquez chaque montant dans la devise de la facture (@currencyID), sauf le total de TVA dans une"
            " autre.",
            "Un montant est dans une autre devise que la facture.",
        ),
    ),
    "PEPPOL-EN16931-R053": Text(
        en=Words(
            "The invoice has {found} VAT totals with a breakdown; there must be one.",
            "Give one cac:TaxTotal with a cac:TaxSubtotal for each rate.",
            "The invoice does not have one VAT total with a breakdown.",
        ),
        nl=Words(
            "De factuur heeft {found} btw-totalen met uitsplitsing; het moet er één zijn.",
            "Geef één cac:TaxTotal met een cac:TaxSubtotal per tarief.",
            "De factuur heeft niet precies één btw-totaal met uitsplitsing.",
        ),
        fr=Words(
            "La facture comporte {found} totaux de TVA avec ventilation ; il en faut un.",
            "Donnez un seul cac:TaxTotal, avec un cac:TaxSubtotal par taux.",
            "La facture ne comporte pas un seul total de TVA avec ventilation.",
        ),
    ),
    "PEPPOL-EN16931-R054": Text(
        en=Words(
            "The invoice has {found} VAT totals in another currency; there must be {expected}.",
            "Give one cac:TaxTotal without breakdown if there is a cbc:TaxCurrencyCode, and none if there is not.",
            "The VAT total in another currency is missing, or is one too many.",
        ),
        nl=Words(
            "De factuur heeft {found} btw-totalen in een andere valuta; het moeten er {expected} zijn.",
            "Geef één cac:TaxTotal zonder uitsplitsing als er een cbc:TaxCurrencyCode is, en anders geen.",
            "Het btw-totaal in een andere valuta ontbreekt of is er te veel.",
        ),
        fr=Words(
            "Nombre de totaux de TVA dans une autre devise : {found} au lieu de {expected}.",
            "Donnez un cac:TaxTotal sans ventilation s'il y a un cbc:TaxCurrencyCode, et aucun sinon.",
            "Le total de TVA dans une autre devise manque ou est de trop.",
        ),
    ),
    "PEPPOL-EN16931-R055": Text(
        en=Words(
            "The VAT total in the currency for VAT is {found}; in the invoice's currency it has the opposite sign.",
            "Give both the same sign (cac:TaxTotal/cbc:TaxAmount).",
            "The VAT totals in the two currencies do not have the same sign, or one is missing.",
        ),
        nl=Words(
            "Het btw-totaal in de valuta voor de btw is {found}; in de valuta van de factuur heeft het het"
            " omgekeerde teken.",
            "Geef beide hetzelfde teken (cac:TaxTotal/cbc:TaxAmount).",
            "De btw-totalen in de twee valuta's hebben niet hetzelfde teken, of één ontbreekt.",
        ),
        fr=Words(
            "Le total de TVA dans la devise pour la TVA est de {found} ; dans celle de la facture, il est de signe"
            " contraire.",
            "Donnez le même signe aux deux (cac:TaxTotal/cbc:TaxAmount).",
            "Les totaux de TVA dans les deux devises n'ont pas le même signe, ou l'un d'eux manque.",
        ),
    ),
}
