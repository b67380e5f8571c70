"""Texts for what a reconciliation finds: receipts read back, and monthly counts."""

from invoices.explain.text import Text, Words

TEXTS: dict[str, Text] = {
    "WB-RECEIPT-MISSING": Text(
        en=Words(
            "Clearfacts shows this account no document {expected}, which was the receipt of this invoice.",
            "Look it up in Clearfacts. If it is not there, ask the accountant before anything is forwarded again.",
            "Clearfacts does not show the document that was the receipt of this invoice.",
        ),
        nl=Words(
            "Clearfacts toont deze gebruiker geen document {expected}, het ontvangstbewijs van deze factuur.",
            "Zoek ze op in Clearfacts. Staat ze er niet, vraag het de accountant voor u iets opnieuw doorstuurt.",
            "Clearfacts toont het document niet dat het ontvangstbewijs van deze factuur was.",
        ),
        fr=Words(
            "Clearfacts ne montre à cet utilisateur aucun document {expected}, reçu de cette facture.",
            "Cherchez-la dans Clearfacts. Si elle n'y est pas, demandez au comptable avant de retransmettre.",
            "Clearfacts ne montre pas le document qui était le reçu de cette facture.",
        ),
    ),
    "WB-RECEIPT-OTHER": Text(
        en=Words(
            "The receipt leads to a document with {found}, not {expected}.",
            "Look it up in Clearfacts: is the invoice there too? If not, tell the accountant.",
            "The receipt leads to a document that is not this invoice.",
        ),
        nl=Words(
            "Het ontvangstbewijs leidt naar een document met {found}, niet {expected}.",
            "Zoek ze op in Clearfacts: staat de factuur er ook? Zo niet, verwittig de accountant.",
            "Het ontvangstbewijs leidt naar een document dat niet deze factuur is.",
        ),
        fr=Words(
            "Le reçu mène à un document avec {found}, pas {expected}.",
            "Cherchez-la dans Clearfacts : la facture y est-elle aussi ? Sinon, prévenez le comptable.",
            "Le reçu mène à un document qui n'est pas cette facture.",
        ),
    ),
    "WB-RECEIPT-NO-REF": Text(
        en=Words(
            "The document's comment in Clearfacts is {found}, without {expected}.",
            "Look it up in Clearfacts: somebody may have changed the comment. Check that it is the same invoice.",
            "The document in Clearfacts has no comment that says which invoice it is.",
        ),
        nl=Words(
            "De opmerking bij het document in Clearfacts is {found}, zonder {expected}.",
            "Zoek ze op in Clearfacts: misschien paste iemand de opmerking aan. Kijk na of het dezelfde factuur is.",
            "Het document in Clearfacts heeft geen opmerking die zegt welke factuur het is.",
        ),
        fr=Words(
            "Le commentaire du document dans Clearfacts est {found}, sans {expected}.",
            "Cherchez-la dans Clearfacts : quelqu'un a pu changer le commentaire. Vérifiez que c'est la même facture.",
            "Le document dans Clearfacts n'a pas de commentaire qui dise de quelle facture il s'agit.",
        ),
    ),
    "WB-RECEIPT-NOT-READ": Text(
        en=Words(
            "The receipt of this invoice could not be read back.",
            "Reconcile again later; if it stays, look the invoice up in Clearfacts.",
        ),
        nl=Words(
            "Het ontvangstbewijs van deze factuur kon niet teruggelezen worden.",
            "Vergelijk later opnieuw; blijft het zo, zoek de factuur dan op in Clearfacts.",
        ),
        fr=Words(
            "Le reçu de cette facture n'a pas pu être relu.",
            "Comparez à nouveau plus tard ; si cela persiste, cherchez la facture dans Clearfacts.",
        ),
    ),
    "WB-RECEIPT-UNVERIFIED": Text(
        en=Words(
            "A person saw this invoice in Clearfacts; there is no receipt that could be read back.",
            "Nothing, if that person was sure.",
        ),
        nl=Words(
            "Iemand zag deze factuur in Clearfacts; er is geen ontvangstbewijs om terug te lezen.",
            "Niets, als die persoon zeker was.",
        ),
        fr=Words(
            "Quelqu'un a vu cette facture dans Clearfacts ; il n'y a pas de reçu à relire.",
            "Rien, si cette personne en était sûre.",
        ),
    ),
    "WB-STATISTICS-FEWER": Text(
        en=Words(
            "Clearfacts counts {found} documents this month, fewer than the {expected} that were forwarded.",
            "It may not have processed all of them yet. If it stays, ask the accountant which are missing.",
            "Clearfacts counts fewer documents this month than were forwarded.",
        ),
        nl=Words(
            "Clearfacts telt deze maand {found} documenten, minder dan de {expected} die doorgestuurd zijn.",
            "Misschien zijn nog niet alle verwerkt. Blijft het zo, vraag de accountant welke ontbreken.",
            "Clearfacts telt deze maand minder documenten dan er doorgestuurd zijn.",
        ),
        fr=Words(
            "Clearfacts compte {found} documents ce mois-ci, moins que les {expected} transmis.",
            "Tous ne sont peut-être pas encore traités. Si cela persiste, demandez au comptable lesquels manquent.",
            "Clearfacts compte moins de documents ce mois-ci qu'il n'en a été transmis.",
        ),
    ),
}
"""By finding code."""
