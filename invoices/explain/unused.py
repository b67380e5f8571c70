"""Texts for what UBL allows and EN 16931 has no use for: some 800 warnings in a few sentences."""

from invoices.explain.text import Text, Words
from invoices.findings import Finding
from invoices.terms import is_used

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
_IGNORED_ATTRIBUTE = Text(
    en=Words(
        "An attribute of {found} has no place in a European invoice; it is not read.",
        _IGNORED.en.fix,
        _IGNORED.en.plain,
    ),
    nl=Words(
        "Een attribuut van {found} hoort niet in een Europese factuur en wordt niet gelezen.",
        _IGNORED.nl.fix,
        _IGNORED.nl.plain,
    ),
    fr=Words(
        "Un attribut de {found} n'a pas sa place dans une facture européenne et n'est pas lu.",
        _IGNORED.fr.fix,
        _IGNORED.fr.plain,
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
_FAMILIES = ("UBL-CR-", "UBL-DT-", "UBL-SR-")


def text(finding: Finding) -> Text | None:
    """The text for a rule of one of the families that say what EN 16931 does not use; None for others.

    An element that EN 16931 does use is at fault for what stands beside its value.
    """
    if not finding.code.startswith(_FAMILIES):
        return None
    if finding.code.startswith("UBL-SR-"):
        return _REPEATED
    return _IGNORED_ATTRIBUTE if is_used(finding.location or "") else _IGNORED


def name(finding: Finding) -> str | None:
    """The UBL name of what the finding is about; None where it only points at the whole document."""
    path, _, step = (finding.location or "").rpartition("/")
    return step.partition("[")[0] if path else None
