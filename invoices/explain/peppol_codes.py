"""Texts of Peppol's rules about codes: types, reasons, addresses, and VAT exemptions with their category."""

from invoices.explain.text import Text, Words


def _exemption(reason: str, category: str) -> Text:
    """The text for a VAT category that does not go with the exemption reason."""
    fix = "cac:TaxCategory/cbc:ID"
    return Text(
        en=Words(
            f"Exemption reason {reason} goes with VAT category {category}, not {{found}}.",
            f"Correct the category ({fix}) or the reason (cbc:TaxExemptionReasonCode).",
            f"Exemption reason {reason} goes with VAT category {category}.",
        ),
        nl=Words(
            f"Vrijstellingsreden {reason} hoort bij btw-categorie {category}, niet bij {{found}}.",
            f"Verbeter de categorie ({fix}) of de reden (cbc:TaxExemptionReasonCode).",
            f"Vrijstellingsreden {reason} hoort bij btw-categorie {category}.",
        ),
        fr=Words(
            f"Le motif d'exonération {reason} va avec la catégorie de TVA {category}, pas {{found}}.",
            f"Corrigez la catégorie ({fix}) ou le motif (cbc:TaxExemptionReasonCode).",
            f"Le motif d'exonération {reason} va avec la catégorie de TVA {category}.",
        ),
    )


TEXTS: dict[str, Text] = {
    "PEPPOL-EN16931-CL001": Text(
        en=Words(
            "An attachment is of type {found}, which Peppol does not allow.",
            "Attach a PDF, PNG, JPEG, CSV or spreadsheet (xlsx, ods), and say so in @mimeCode.",
            "An attachment is of a type that Peppol does not allow.",
        ),
        nl=Words(
            "Een bijlage is van type {found}, dat Peppol niet toelaat.",
            "Voeg een pdf, png, jpeg, csv of rekenblad (xlsx, ods) bij en vermeld dat in @mimeCode.",
            "Een bijlage is van een type dat Peppol niet toelaat.",
        ),
        fr=Words(
            "Une annexe est du type {found}, que Peppol n'admet pas.",
            "Joignez un PDF, PNG, JPEG, CSV ou tableur (xlsx, ods) et indiquez-le dans @mimeCode.",
            "Une annexe est d'un type que Peppol n'admet pas.",
        ),
    ),
    "PEPPOL-EN16931-CL002": Text(
        en=Words(
            "{found} is not a reason code for an allowance.",
            "Use a code of UNTDID 5189, such as 95 for a discount (cbc:AllowanceChargeReasonCode).",
            "The reason code of an allowance is not in the list.",
        ),
        nl=Words(
            "{found} is geen redencode voor een korting.",
            "Gebruik een code van UNTDID 5189, zoals 95 voor een korting (cbc:AllowanceChargeReasonCode).",
            "De redencode van een korting staat niet in de lijst.",
        ),
        fr=Words(
            "{found} n'est pas un code de motif de remise.",
            "Utilisez un code de UNTDID 5189, comme 95 pour une remise (cbc:AllowanceChargeReasonCode).",
            "Le code de motif d'une remise n'est pas dans la liste.",
        ),
    ),
    "PEPPOL-EN16931-CL003": Text(
        en=Words(
            "{found} is not a reason code for a charge.",
            "Use a code of UNTDID 7161, such as FC for freight (cbc:AllowanceChargeReasonCode).",
            "The reason code of a charge is not in the list.",
        ),
        nl=Words(
            "{found} is geen redencode voor een toeslag.",
            "Gebruik een code van UNTDID 7161, zoals FC voor vracht (cbc:AllowanceChargeReasonCode).",
            "De redencode van een toeslag staat niet in de lijst.",
        ),
        fr=Words(
            "{found} n'est pas un code de motif de supplément.",
            "Utilisez un code de UNTDID 7161, comme FC pour le transport (cbc:AllowanceChargeReasonCode).",
            "Le code de motif d'un supplément n'est pas dans la liste.",
        ),
    ),
    "PEPPOL-EN16931-CL006": Text(
        en=Words(
            "{found} is not a code for when VAT is due.",
            "Use 3 (issue date), 35 (delivery date) or 432 (payment) (cac:InvoicePeriod/cbc:DescriptionCode).",
            "The code for when VAT is due is not in the list.",
        ),
        nl=Words(
            "{found} is geen code voor de opeisbaarheid van de btw.",
            "Gebruik 3 (factuurdatum), 35 (leveringsdatum) of 432 (betaling)"
            " (cac:InvoicePeriod/cbc:DescriptionCode).",
            "De code voor de opeisbaarheid van de btw staat niet in de lijst.",
        ),
        fr=Words(
            "{found} n'est pas un code d'exigibilité de la TVA.",
            "Utilisez 3 (date de facture), 35 (date de livraison) ou 432 (paiement)"
            " (cac:InvoicePeriod/cbc:DescriptionCode).",
            "Le code d'exigibilité de la TVA n'est pas dans la liste.",
        ),
    ),
    "PEPPOL-EN16931-CL007": Text(
        en=Words(
            "{found} is not a currency code.",
            "Use a code of ISO 4217, such as EUR (@currencyID).",
            "An amount has no valid currency code.",
        ),
        nl=Words(
            "{found} is geen valutacode.",
            "Gebruik een code van ISO 4217, zoals EUR (@currencyID).",
            "Een bedrag heeft geen geldige valutacode.",
        ),
        fr=Words(
            "{found} n'est pas un code de devise.",
            "Utilisez un code de ISO 4217, comme EUR (@currencyID).",
            "Un montant n'a pas de code de devise valable.",
        ),
    ),
    "PEPPOL-EN16931-CL008": Text(
        en=Words(
            "{found} is not a scheme of electronic addresses in Peppol.",
            "Use 0208 with the enterprise number for a Belgian company (cbc:EndpointID/@schemeID).",
            "An electronic address is of a scheme that Peppol does not know.",
        ),
        nl=Words(
            "{found} is geen schema voor elektronische adressen in Peppol.",
            "Gebruik 0208 met het ondernemingsnummer voor een Belgische onderneming (cbc:EndpointID/@schemeID).",
            "Een elektronisch adres heeft een schema dat Peppol niet kent.",
        ),
        fr=Words(
            "{found} n'est pas un schéma d'adresse électronique dans Peppol.",
            "Utilisez 0208 avec le numéro d'entreprise pour une entreprise belge (cbc:EndpointID/@schemeID).",
            "Une adresse électronique est d'un schéma que Peppol ne connaît pas.",
        ),
    ),
    "PEPPOL-EN16931-P0100": Text(
        en=Words(
            "Type {found} is not an invoice type for this business process.",
            "Use 380 for an ordinary invoice; for self-billing, 389 with the business process of self-billing.",
            "The invoice type does not go with the business process.",
        ),
        nl=Words(
            "Type {found} is geen factuurtype voor dit bedrijfsproces.",
            "Gebruik 380 voor een gewone factuur; voor selfbilling 389 met het bedrijfsproces van selfbilling.",
            "Het factuurtype past niet bij het bedrijfsproces.",
        ),
        fr=Words(
            "Le type {found} n'est pas un type de facture pour ce processus métier.",
            "Utilisez 380 pour une facture ordinaire ; pour l'autofacturation, 389 avec le processus de"
            " l'autofacturation.",
            "Le type de facture ne va pas avec le processus métier.",
        ),
    ),
    "PEPPOL-EN16931-P0101": Text(
        en=Words(
            "Type {found} is not a credit note type for this business process.",
            "Use 381 for an ordinary credit note; for self-billing, 261 with the business process of"
            " self-billing.",
            "The credit note type does not go with the business process.",
        ),
        nl=Words(
            "Type {found} is geen creditnotatype voor dit bedrijfsproces.",
            "Gebruik 381 voor een gewone creditnota; voor selfbilling 261 met het bedrijfsproces van"
            " selfbilling.",
            "Het type creditnota past niet bij het bedrijfsproces.",
        ),
        fr=Words(
            "Le type {found} n'est pas un type de note de crédit pour ce processus métier.",
            "Utilisez 381 pour une note de crédit ordinaire ; pour l'autofacturation, 261 avec le processus de"
            " l'autofacturation.",
            "Le type de note de crédit ne va pas avec le processus métier.",
        ),
    ),
    "PEPPOL-EN16931-P0104": _exemption("VATEX-EU-G", "G"),
    "PEPPOL-EN16931-P0105": _exemption("VATEX-EU-O", "O"),
    "PEPPOL-EN16931-P0106": _exemption("VATEX-EU-IC", "K"),
    "PEPPOL-EN16931-P0107": _exemption("VATEX-EU-AE", "AE"),
    "PEPPOL-EN16931-P0108": _exemption("VATEX-EU-D", "E"),
    "PEPPOL-EN16931-P0109": _exemption("VATEX-EU-F", "E"),
    "PEPPOL-EN16931-P0110": _exemption("VATEX-EU-I", "E"),
    "PEPPOL-EN16931-P0111": _exemption("VATEX-EU-J", "E"),
    "PEPPOL-EN16931-P0112": Text(
        en=Words(
            "Type {found} is for German companies only.",
            "Credit (381), then invoice again.",
            "This invoice type is for German companies only.",
        ),
        nl=Words(
            "Type {found} geldt enkel tussen Duitse bedrijven.",
            "Crediteer (381) en factureer opnieuw.",
            "Dit factuurtype geldt enkel tussen Duitse bedrijven.",
        ),
        fr=Words(
            "Le type {found} est réservé aux entreprises allemandes.",
            "Créditez (381), puis refacturez.",
            "Ce type de facture est réservé aux entreprises allemandes.",
        ),
    ),
}
