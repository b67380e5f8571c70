"""Texts for what UBL allows and EN 16931 has no use for: some 800 warnings in a few sentences."""

from invoices.explain.text import Text, Words
from invoices.findings import Finding
from invoices.terms import is_used

_IGNORED = Text(
    en=Words(
        "A European invoice has no use for {found}.",
        "Nothing has to be done. Whoever maintains the invoicing program may leave it out.",
        "A European invoice has no use for a part of this one.",
    ),
    nl=Words(
        "Een Europese factuur gebruikt {found} niet.",
        "U hoeft niets te doen. Wie het facturatieprogramma beheert, mag dit weglaten.",
        "Een Europese factuur gebruikt een deel van deze factuur niet.",
    ),
    fr=Words(
        "Une facture européenne n'utilise pas {found}.",
        "Vous ne devez rien faire. Le gestionnaire du logiciel de facturation peut supprimer cet élément.",
        "Une facture européenne n'utilise pas un élément de celle-ci.",
    ),
)
_IGNORED_ATTRIBUTE = Text(
    en=Words(
        "A European invoice has no use for an attribute of {found}.",
        _IGNORED.en.fix,
        _IGNORED.en.plain,
    ),
    nl=Words(
        "Een Europese factuur gebruikt een attribuut van {found} niet.",
        _IGNORED.nl.fix,
        _IGNORED.nl.plain,
    ),
    fr=Words(
        "Une facture européenne n'utilise pas un attribut de {found}.",
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
