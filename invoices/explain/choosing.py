"""Texts about the specification that an invoice says it follows."""

from invoices.explain.text import Text, Words

_PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"

TEXTS: dict[str, Text] = {
    "WB-SPECIFICATION": Text(
        en=Words(
            "The invoice says that it follows {found}, which is not known here; it was checked against the"
            " European standard only.",
            f"Send it as Peppol BIS Billing 3.0 (cbc:CustomizationID: {_PEPPOL}).",
            "The standard that the invoice says it follows is not known here; it was checked against the"
            " European standard only.",
        ),
        nl=Words(
            "De factuur zegt dat ze {found} volgt, een norm die hier niet bekend is; ze is enkel aan de"
            " Europese norm getoetst.",
            f"Verstuur ze als Peppol BIS Billing 3.0 (cbc:CustomizationID: {_PEPPOL}).",
            "De norm die de factuur zegt te volgen, is hier niet bekend; ze is enkel aan de Europese norm"
            " getoetst.",
        ),
        fr=Words(
            "La facture dit suivre {found}, une norme inconnue ici ; seule la norme européenne a été"
            " vérifiée.",
            f"Envoyez-la en Peppol BIS Billing 3.0 (cbc:CustomizationID : {_PEPPOL}).",
            "La norme que la facture dit suivre est inconnue ici ; seule la norme européenne a été vérifiée.",
        ),
    ),
    "WB-CIUS": Text(
        en=Words(
            "The invoice follows {found}; its rules beyond the European standard were not checked.",
            "Nothing has to be done. Between Belgian companies, Peppol BIS Billing 3.0 is the usual"
            " standard.",
            "The invoice follows another specification; its rules beyond the European standard were not"
            " checked.",
        ),
        nl=Words(
            "De factuur volgt {found}; wat die norm bovenop de Europese vraagt, is niet getoetst.",
            "U hoeft niets te doen. Tussen Belgische ondernemingen is Peppol BIS Billing 3.0 de gangbare"
            " norm.",
            "De factuur volgt een andere norm; wat die bovenop de Europese vraagt, is niet getoetst.",
        ),
        fr=Words(
            "La facture suit {found} ; ce que cette norme exige en plus de la norme européenne n'a pas été"
            " vérifié.",
            "Vous ne devez rien faire. Entre entreprises belges, Peppol BIS Billing 3.0 est la norme"
            " usuelle.",
            "La facture suit une autre norme ; ce qu'elle exige en plus de la norme européenne n'a pas été"
            " vérifié.",
        ),
    ),
}
"""By rule id."""
