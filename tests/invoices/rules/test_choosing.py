import pytest

from invoices.document import parse
from invoices.findings import PolicyClass, Severity
from invoices.rules.choosing import (
    CHOOSING,
    PEPPOL_BILLING,
    PEPPOL_SELF_BILLING,
    Choice,
    Profile,
    chosen,
    is_belgian,
    profile_of,
)
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree
from invoices.rules.ublbe import SET_ASIDE
from sandbox.demo.feed import BROKEN_SOURCE_IDS, demo_records
from sandbox.load import load_records

EN = "urn:cen.eu:en16931:2017"
XRECHNUNG = f"{EN}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
UBL_BE = f"{EN}#conformant#urn:UBL.BE:1.0.0.20180214"
E_FFF_3 = (
    "urn:www.cenbii.eu:transaction:biitrns010:ver2.0"
    ":extended:urn:www.peppol.eu:bis:peppol5a:ver2.0:extended:e-fff:ver3.0"
)
PEPPOL_BIS_2 = (
    "urn:www.cenbii.eu:transaction:biitrns010:ver2.0:extended:urn:www.peppol.eu:bis:peppol4a:ver2.0"
)


def subject_of(content: bytes) -> Subject:
    return Subject(Tree(parse(content).root))


def following(content: bytes, customization: str, profile: str = "", version: str = "") -> Subject:
    """`content` with another specification (none if empty), profile and UBL version."""
    text = content.decode()
    old = f"<cbc:CustomizationID>{PEPPOL_BILLING}</cbc:CustomizationID>"
    assert old in text
    new = f"<cbc:CustomizationID>{customization}</cbc:CustomizationID>" if customization else ""
    text = text.replace(old, (f"<cbc:UBLVersionID>{version}</cbc:UBLVersionID>" if version else "") + new)
    if profile:
        text = text.replace("urn:fdc:peppol.eu:2017:poacc:billing:01:1.0", profile)
    return subject_of(text.encode())


@pytest.mark.parametrize(
    ("customization", "profile"),
    [
        (PEPPOL_BILLING, Profile.PEPPOL_BILLING),
        (f"\n  {PEPPOL_BILLING}\n", Profile.PEPPOL_BILLING),
        (f"{PEPPOL_BILLING}#compliant#urn:example.com:more", Profile.PEPPOL_BILLING),
        (f"{PEPPOL_BILLING}::2.1", Profile.PEPPOL_BILLING),
        (PEPPOL_SELF_BILLING, Profile.PEPPOL_SELF_BILLING),
        (UBL_BE, Profile.UBL_BE),
        (UBL_BE.replace("conformant", "Conformant"), Profile.UBL_BE),
        (E_FFF_3, Profile.E_FFF),
        (PEPPOL_BIS_2, Profile.E_FFF),
        (EN, Profile.EN_16931),
        (XRECHNUNG, Profile.OTHER_CIUS),
        (f"{EN}#compliant#urn:fdc:nen.nl:nlcius:v1.0", Profile.OTHER_CIUS),
        (f"{EN}#conformant#urn:factur-x.eu:1p0:extended", Profile.OTHER_CIUS),
        (f"{EN}:compliant:factur-x.eu:1p0:basic", Profile.OTHER_CIUS),
        (PEPPOL_BILLING.replace("3.0", "2.0"), Profile.OTHER_CIUS),
        (PEPPOL_BILLING.upper(), Profile.UNKNOWN),
        (f"{EN}8", Profile.UNKNOWN),
        ("urn:peppol:pint:billing-1@eu-1", Profile.UNKNOWN),
        ("OIOUBL-2.02", Profile.UNKNOWN),
        ("1.0", Profile.UNKNOWN),
        ("", Profile.UNKNOWN),
    ],
)
def test_the_specification_tells_what_a_document_follows(invoice_xml, customization, profile):
    assert profile_of(following(invoice_xml, customization)) is profile


@pytest.mark.parametrize("profile", ["e-fff", "E-FFF.BE BILLIT.BE", "EFFF.BE Odoo 10.0"])
def test_a_profile_that_names_e_fff_makes_version_1_of_it(invoice_xml, profile):
    assert profile_of(following(invoice_xml, "1.0", profile)) is Profile.E_FFF
    assert profile_of(following(invoice_xml, EN, profile)) is Profile.EN_16931


@pytest.mark.parametrize("customization", ["", "1.0"])
def test_ubl_2_0_without_a_specification_is_taken_for_e_fff(invoice_xml, customization):
    assert profile_of(following(invoice_xml, customization, version="2.0")) is Profile.E_FFF
    assert profile_of(following(invoice_xml, customization, version="2.1")) is Profile.UNKNOWN
    assert profile_of(following(invoice_xml, "OIOUBL-2.02", version="2.0")) is Profile.UNKNOWN


@pytest.mark.parametrize(
    ("customization", "asked"),
    [
        (PEPPOL_BILLING, {"en16931", "billing"}),
        (PEPPOL_SELF_BILLING, {"en16931", "self-billing"}),
        (UBL_BE, {"en16931", "ublbe"}),
        (E_FFF_3, {"efff"}),
        (EN, {"en16931"}),
        (XRECHNUNG, {"en16931"}),
        ("something else", {"en16931"}),
        ("", {"en16931"}),
    ],
)
def test_each_specification_has_its_rules(invoice_xml, customization, asked):
    choice = chosen(following(invoice_xml, customization))
    assert groups(choice) == asked
    assert choice.belgian
    assert choice.set_aside == (SET_ASIDE if "ublbe" in asked else frozenset())


def groups(choice: Choice) -> set[str]:
    by_name = {"en16931": choice.en16931, "ublbe": choice.ublbe, "efff": choice.efff}
    return {name for name, asked in by_name.items() if asked} | ({choice.peppol} if choice.peppol else set())


def test_a_wrong_profile_changes_nothing(invoice_xml):
    assert chosen(following(invoice_xml, PEPPOL_BILLING, "anything")).peppol == "billing"


def test_an_unknown_specification_is_a_finding_of_form(invoice_xml):
    subject = following(invoice_xml, " urn:oioubl:2.02 ")
    [(rule, broken)] = chosen(subject).findings
    assert (rule.code, rule.severity, rule.policy_class) == (
        "WB-SPECIFICATION",
        Severity.FATAL,
        PolicyClass.FORM,
    )
    assert (broken.found, broken.expected) == ("urn:oioubl:2.02", PEPPOL_BILLING)
    assert broken.at is subject.root["cbc:CustomizationID"]


@pytest.mark.parametrize(
    ("customization", "named"),
    [
        (XRECHNUNG, "XRechnung"),
        (f"{EN}#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr", "France CTC"),
        (f"{EN}#compliant#urn:example.com:ours", f"{EN}#compliant#urn:example.com:ours"),
    ],
)
def test_rules_that_are_not_asked_are_a_warning(invoice_xml, customization, named):
    [(rule, broken)] = chosen(following(invoice_xml, customization)).findings
    assert (rule.code, rule.severity, rule.policy_class) == ("WB-CIUS", Severity.WARNING, PolicyClass.WARNING)
    assert broken.found == named


@pytest.mark.parametrize("customization", ["", PEPPOL_BILLING, PEPPOL_SELF_BILLING, UBL_BE, E_FFF_3, EN])
def test_a_missing_specification_is_left_to_br_01_and_a_known_one_is_fine(invoice_xml, customization):
    assert chosen(following(invoice_xml, customization)).findings == ()


@pytest.mark.parametrize(
    ("replacements", "belgian"),
    [
        ([], True),
        ([(">BE<", ">FR<")], True),
        ([("BE0", "FR0")], True),
        ([(">BE<", ">FR<"), ("BE0403019261", "FR1")], True),
        ([(">BE<", ">FR<"), ("BE0", "FR0")], False),
        ([(">BE<", "> be<"), ("BE0", "FR0")], True),
    ],
)
def test_belgian_practice_is_for_documents_with_a_belgian_party(invoice_xml, replacements, belgian):
    text = invoice_xml.decode()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    assert is_belgian(subject_of(text.encode())) is belgian


def test_a_belgian_vat_representative_makes_a_document_belgian(invoice_xml):
    foreign = invoice_xml.replace(b">BE<", b">FR<").replace(b"BE0", b"FR0")
    representative = (
        b"<cac:TaxRepresentativeParty><cac:PartyTaxScheme><cbc:CompanyID>BE0403019261</cbc:CompanyID>"
        b"<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme></cac:TaxRepresentativeParty>"
    )
    end = b"</cac:AccountingCustomerParty>"
    assert chosen(subject_of(foreign.replace(end, end + representative))).belgian


def test_every_official_document_is_asked_what_peppol_r004_says_it_follows(official_documents):
    profiles = {}
    for each in official_documents:
        subject = subject_of(each.content)
        profiles[each.name] = chosen(subject).profile
        if each.peppol is not None:
            assert_agrees_with_r004(subject, each)
    assert set(profiles.values()) == set(Profile) - {Profile.PEPPOL_SELF_BILLING, Profile.E_FFF}
    assert {"ublbe" in name for name, profile in profiles.items() if profile is Profile.UBL_BE} == {True}


def test_every_damaged_document_is_asked_what_peppol_r004_says_it_follows(mutants):
    for each in mutants:
        subject = subject_of(each.content)
        assert chosen(subject)
        if each.peppol is not None:
            assert_agrees_with_r004(subject, each)


def assert_agrees_with_r004(subject, document):
    is_peppol = profile_of(subject) is Profile.PEPPOL_BILLING and "::" not in subject.customization
    assert is_peppol is ("PEPPOL-EN16931-R004" not in document.peppol), document.name


def test_what_the_sandbox_sends_is_peppol_and_belgian_without_a_finding():
    demo = (record.document for record in demo_records() if record.source_id not in BROKEN_SOURCE_IDS)
    for content in (*demo, *(record.document() for record in load_records(100))):
        choice = chosen(subject_of(content))
        assert (choice.peppol, choice.belgian, choice.findings) == ("billing", True, ())


def test_the_rules_about_the_specification_can_be_listed():
    assert [rule.code for table in CHOOSING for rule in table.rules] == ["WB-SPECIFICATION", "WB-CIUS"]
