"""Choosing: which rules a document is asked, by the specification that it says it follows (BT-24)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from invoices.findings import PolicyClass, Severity
from invoices.rules.rule import Broken, Rule, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Node
from invoices.rules.ublbe import SET_ASIDE

EN_16931 = "urn:cen.eu:en16931:2017"
"""The European standard alone; every specification that builds on it begins with this."""
PEPPOL_BILLING = f"{EN_16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
"""Peppol BIS Billing 3.0: how its identifier begins (PEPPOL-EN16931-R004)."""
PEPPOL_SELF_BILLING = f"{EN_16931}#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0"
"""Peppol BIS Self-Billing 3.0: how its identifier begins (its own PEPPOL-EN16931-R004)."""
UBL_BE = f"{EN_16931}#conformant#urn:UBL.BE:"
"""UBL.BE of any version: how its identifier begins, in capitals or not."""
CEN_BII = "urn:www.cenbii.eu:"
"""CEN BII, which e-FFF 3 and Peppol BIS 2 extend: how their identifiers begin."""

CUSTOMIZATION = "cbc:CustomizationID"

_OTHERS = {
    "xrechnung": "XRechnung",
    "nlcius": "NLCIUS",
    "extended-ctc-fr": "France CTC",
    "cpro.gouv.fr": "France CTC",
    "factur-x": "Factur-X",
    "zugferd": "ZUGFeRD",
    "cius-ro": "CIUS-RO",
    "cius-pt": "CIUS-PT",
    "cius-it": "CIUS-IT",
    "cius-at": "CIUS-AT",
    "hr:cius": "CIUS-HR",
}
"""Names of national specifications, by what their identifiers contain."""


class Profile(StrEnum):
    """What a document says it follows."""

    PEPPOL_BILLING = "peppol_billing"
    PEPPOL_SELF_BILLING = "peppol_self_billing"
    UBL_BE = "ubl_be"
    E_FFF = "e_fff"
    """e-FFF 1 to 3, and what is like it: UBL 2.0 without a specification, CEN BII 2."""
    EN_16931 = "en_16931"
    OTHER_CIUS = "other_cius"
    """EN 16931 with rules of a specification that we do not have."""
    UNKNOWN = "unknown"


Peppol = Literal["billing", "self-billing"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a document is asked.

    Attributes:
        profile: What it says it follows.
        en16931, peppol, ublbe, efff, belgian: The groups of rules to ask, for Peppol which of its two sets.
        set_aside: Rules of EN 16931 that do not count, since the specification leaves them out.
        findings: What is wrong with the choice itself.
    """

    profile: Profile
    en16931: bool
    peppol: Peppol | None
    ublbe: bool
    efff: bool
    belgian: bool
    set_aside: frozenset[str] = frozenset()
    findings: tuple[tuple[Rule, Broken], ...] = field(default=(), repr=False)


_TABLE = Table()
CHOOSING: tuple[Table, ...] = (_TABLE,)
"""What is asked about the specification itself; `chosen` has asked it."""


def chosen(subject: Subject) -> Choice:
    """What this document is asked.

    A profile (BT-23) or type code (BT-3) that does not fit changes nothing: the rules of the specification
    say so.
    """
    profile = profile_of(subject)
    return Choice(
        profile=profile,
        en16931=profile is not Profile.E_FFF,
        peppol=_PEPPOL.get(profile),
        ublbe=profile is Profile.UBL_BE,
        efff=profile is Profile.E_FFF,
        belgian=is_belgian(subject),
        set_aside=SET_ASIDE if profile is Profile.UBL_BE else frozenset(),
        findings=tuple(_TABLE.broken(subject)),
    )


def profile_of(subject: Subject) -> Profile:
    """What the document says it follows: its specification (BT-24), and for e-FFF its profile (BT-23) too.

    Source: for e-FFF, e-fff.be (version 1: CustomizationID 1.0, ProfileID e-fff) and the conformance
    statement of version 3, whose identifier begins with that of CEN BII.
    """
    customization = subject.customization
    for beginning, profile in _BEGINNINGS:
        if customization.startswith(beginning):
            return profile
    if customization.lower().startswith(UBL_BE.lower()):
        return Profile.UBL_BE
    if customization == EN_16931:
        return Profile.EN_16931
    if customization.startswith((f"{EN_16931}#", f"{EN_16931}:")):
        return Profile.OTHER_CIUS
    return Profile.E_FFF if _is_efff(subject) else Profile.UNKNOWN


def is_belgian(subject: Subject) -> bool:
    """Whether the seller or the buyer is Belgian: by an address, or a VAT number, also a representative's."""
    root = subject.root
    return any(
        value_begins(root, f"{party}/cac:PostalAddress/cac:Country/cbc:IdentificationCode", "BE")
        or value_begins(root, f"{party}/cac:PartyTaxScheme/cbc:CompanyID", "BE")
        for party in ("cac:AccountingSupplierParty/cac:Party", "cac:AccountingCustomerParty/cac:Party")
    ) or value_begins(root, "cac:TaxRepresentativeParty/cac:PartyTaxScheme/cbc:CompanyID", "BE")


def value_begins(node: Node, path: str, beginning: str) -> bool:
    """Whether any element at the path below begins so, in capitals or not."""
    return any((leaf.text or "").strip()[: len(beginning)].upper() == beginning for leaf in node.leaves(path))


@_TABLE.rule("WB-SPECIFICATION", Severity.FATAL, PolicyClass.FORM, "/")
def specification_is_known(root: Node, subject: Subject) -> Broken | None:
    """The specification (BT-24) is one of EN 16931 or e-FFF. That it is missing, BR-01 says."""
    if not subject.customization or profile_of(subject) is not Profile.UNKNOWN:
        return None
    return Broken(root.leaves(CUSTOMIZATION)[0], subject.customization, PEPPOL_BILLING)


@_TABLE.rule("WB-CIUS", Severity.WARNING, PolicyClass.WARNING, "/")
def specification_has_no_more_rules(root: Node, subject: Subject) -> Broken | None:
    """The specification (BT-24) has no rules beyond those that are asked."""
    if profile_of(subject) is not Profile.OTHER_CIUS:
        return None
    return Broken(root.leaves(CUSTOMIZATION)[0], _named(subject.customization))


_PEPPOL: dict[Profile, Peppol] = {
    Profile.PEPPOL_BILLING: "billing",
    Profile.PEPPOL_SELF_BILLING: "self-billing",
}
_BEGINNINGS = (
    (PEPPOL_BILLING, Profile.PEPPOL_BILLING),
    (PEPPOL_SELF_BILLING, Profile.PEPPOL_SELF_BILLING),
    (CEN_BII, Profile.E_FFF),
)


def _is_efff(subject: Subject) -> bool:
    names = f"{subject.customization} {subject.profile}".lower()
    if "e-fff" in names or "efff" in names:
        return True
    return subject.customization in {"", "1.0"} and subject.root.value("cbc:UBLVersionID") == "2.0"


def _named(customization: str) -> str:
    lower = customization.lower()
    return next((name for part, name in _OTHERS.items() if part in lower), customization)
