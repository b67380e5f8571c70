"""Texts for what UBL allows and EN 16931 has no use for: some 800 warnings in three sentences."""

from invoices.explain.text import Text, Words
from invoices.findings import Finding

_IGNORED = Text(
    en=Words(
        "{found} has no place in a European invoice; it is not read.",
        "Nothing has to be done. Whoever maintains the invoicing program may leave it out.",
        "Part of this invoice has no place in a European invoice; it is not read.",
    ),
    nl=Words(
        "{found} hoort niet in een Europese factuur en wordt niet gelezen.",
        "U hoeft niets te doen. Wie het facturatieprogramma beheert, mag dit weglaten.",
        "Een deel van deze factuur hoort niet in een Europese factuur en wordt niet gelezen.",
    ),
    fr=Words(
        "{found} n'a pas sa place dans une facture européenne et n'est pas lu.",
        "Vous ne devez rien faire. Le gestionnaire du logiciel de facturation peut supprimer cet élément.",
        "Un élément de cette facture n'a pas sa place dans une facture européenne et n'est pas lu.",
    ),
)
_REPEATED = Text(
    en=Words(
        "{found} stands in this invoice more often than is allowed.",
        "Keep only one.",
        "Something stands in this invoice more often than is allowed.",
    ),
    nl=Words(
        "{found} staat vaker in deze factuur dan toegelaten.",
        "Behoud één vermelding.",
        "Een vermelding staat vaker in deze factuur dan toegelaten.",
    ),
    fr=Words(
        "{found} figure plus souvent que permis dans cette facture.",
        "Gardez une seule mention.",
        "Une mention figure plus souvent que permis dans cette facture.",
    ),
)
_BY_FAMILY = {"UBL-CR-": _IGNORED, "UBL-DT-": _IGNORED, "UBL-SR-": _REPEATED}


def text(code: str) -> Text | None:
    """The text for a rule of one of the families that say what EN 16931 does not use; None for others."""
    return _BY_FAMILY.get(code[:7])


def name(finding: Finding) -> str | None:
    """The UBL name of what the finding is about; None where it only points at the whole document."""
    path, _, step = (finding.location or "").rpartition("/")
    return step.partition("[")[0] if path else None
