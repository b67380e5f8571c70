import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as iban_oracle
from stdnum.be import vat as vat_oracle

from invoices.document import parse
from invoices.findings import PolicyClass, Severity
from invoices.rules.belgium import BELGIAN
from invoices.rules.belgium.payment import structured_communication
from invoices.rules.choosing import Profile, profile_of
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree
from sandbox.demo.feed import BROKEN_SOURCE_IDS, demo_records
from sandbox.load import load_records
from sandbox.ubl.identifiers import belgian_iban

PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
EN = "urn:cen.eu:en16931:2017"
PLAIN = (PEPPOL, EN)
E_FFF = (PEPPOL, "e-fff")

SELLER, BUYER = "0403019261", "0428759497"
WRONG, ESTABLISHMENT = "0403019262", "2147812701"
ENDPOINT, LEGAL = f'<cbc:EndpointID schemeID="0208">{SELLER}', f'<cbc:CompanyID schemeID="0208">{SELLER}'
GLN = '<cbc:ID schemeID="0088">5412345000013</cbc:ID>'
VAT = f"<cbc:CompanyID>BE{SELLER}"
CODE = "<cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>"
DUE = "<cbc:DueDate>2026-04-13</cbc:DueDate>"
IN_DOLLARS = ("<cbc:DocumentCurrencyCode>EUR", "<cbc:DocumentCurrencyCode>USD")
IN_POUNDS_TOO = (
    ("<cbc:TaxCurrencyCode>USD", "<cbc:TaxCurrencyCode>GBP"),
    ('currencyID="EUR"', 'currencyID="USD"'),
)


def reference(text: str) -> str:
    return f"{CODE}<cbc:PaymentID>{text}</cbc:PaymentID>"


def account(number: str) -> str:
    return f"{CODE}<cac:PayeeFinancialAccount><cbc:ID>{number}</cbc:ID></cac:PayeeFinancialAccount>"


def broken(content: bytes, *replacements: tuple[str, str]) -> list[tuple[str, str | None, str | None]]:
    text = content.decode()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return of_subject(Subject(Tree(parse(text.encode()).root)))


def of_subject(subject: Subject) -> list[tuple[str, str | None, str | None]]:
    return [(rule.code, it.found, it.expected) for table in BELGIAN for rule, it in table.broken(subject)]


def test_our_own_documents_break_no_rule(invoice_xml, credit_note_xml):
    for content in (invoice_xml, credit_note_xml):
        for replacements in ((), (PLAIN,), (E_FFF,)):
            assert broken(content, *replacements) == []


def test_what_the_sandbox_sends_breaks_no_rule():
    demo = (record.document for record in demo_records() if record.source_id not in BROKEN_SOURCE_IDS)
    for content in (*demo, *(record.document() for record in load_records(200))):
        assert broken(content) == []


BROKEN = {
    "an enterprise number": (
        [PLAIN, (LEGAL, LEGAL.replace(SELLER, WRONG))],
        ("WB-BE-ENTERPRISE", WRONG, None),
    ),
    "an endpoint": ([PLAIN, (ENDPOINT, ENDPOINT.replace(SELLER, WRONG))], ("WB-BE-ENTERPRISE", WRONG, None)),
    "an identifier in the older scheme": (
        [(GLN, f'<cbc:ID schemeID="9956">{WRONG}</cbc:ID>')],
        ("WB-BE-ENTERPRISE", WRONG, None),
    ),
    "an enterprise number that begins with 9": (
        [(LEGAL, LEGAL.replace(SELLER, "9000000092"))],
        ("WB-BE-ENTERPRISE", "9000000092", None),
    ),
    "an establishment": (
        [(LEGAL, LEGAL.replace(SELLER, ESTABLISHMENT))],
        ("WB-BE-ESTABLISHMENT", ESTABLISHMENT, None),
    ),
    "an establishment outside Peppol": (
        [PLAIN, (LEGAL, LEGAL.replace(SELLER, "2.147.812.701"))],
        ("WB-BE-ESTABLISHMENT", "2.147.812.701", None),
    ),
    "a VAT number": ([(VAT, VAT.replace(SELLER, WRONG))], ("WB-BE-VAT", f"BE{WRONG}", None)),
    "an identifier in the VAT scheme": (
        [(GLN, f'<cbc:ID schemeID="9925">BE{WRONG}</cbc:ID>')],
        ("WB-BE-VAT", f"BE{WRONG}", None),
    ),
    "a structured communication": (
        [(CODE, reference("+++123/4567/89003+++"))],
        ("WB-BE-OGM", "+++123/4567/89003+++", "+++123/4567/89002+++"),
    ),
    "one between asterisks": (
        [(CODE, reference("***123/4567/89003***"))],
        ("WB-BE-OGM", "***123/4567/89003***", "+++123/4567/89002+++"),
    ),
    "one of bare digits": (
        [(CODE, reference("123456789003"))],
        ("WB-BE-OGM", "123456789003", "+++123/4567/89002+++"),
    ),
    "one that lacks a digit": (
        [(CODE, reference("+++123/4567/8900+++"))],
        ("WB-BE-OGM", "+++123/4567/8900+++", None),
    ),
    "an account": (
        [(CODE, account("BE68 5390 0754 7035"))],
        ("WB-BE-IBAN", "BE68 5390 0754 7035", None),
    ),
    "a foreign account": (
        [(CODE, account("NL91ABNA0417164301"))],
        ("WB-BE-IBAN", "NL91ABNA0417164301", None),
    ),
    "a due date": ([("2026-04-13", "2026-03-13")], ("WB-BE-DUE", "2026-03-13", "2026-03-14")),
    "VAT in dollars only": ([IN_DOLLARS, *IN_POUNDS_TOO], ("WB-BE-EUR", "USD", "EUR")),
    "the type of a credit note": ([PLAIN, (">380<", ">81<")], ("WB-BE-TYPE", "81", "381")),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_breaks_exactly_its_rule(invoice_xml, what):
    replacements, expected = BROKEN[what]
    found = broken(invoice_xml, *replacements)
    assert set(found) == {expected}
    assert len(found) == (2 if GLN in replacements[0] else 1)


NEGATIVE = {
    "the total with VAT": ('Inclusive{}">145.20', 'Inclusive{}">-145.20', "-145.20 EUR", "145.20 EUR"),
    "the amount to pay": ('Payable{}">125.20', 'Payable{}">-0.01', "-0.01 EUR", "0.01 EUR"),
}


@pytest.mark.parametrize("what", NEGATIVE)
def test_a_credit_note_with_a_negative_total_is_held(invoice_xml, credit_note_xml, what):
    old, new, found, expected = NEGATIVE[what]
    change = tuple(each.format('Amount currencyID="EUR') for each in (old, new))
    assert broken(credit_note_xml, change) == [("WB-BE-SIGN", found, expected)]
    assert broken(invoice_xml, change) == []


def test_a_credit_note_of_nothing_is_none_of_our_business(credit_note_xml):
    assert broken(credit_note_xml, (">145.20<", ">0.00<"), (">125.20<", ">-0.00<")) == []


def test_of_the_official_documents_only_the_credit_note_with_minus_signs_of_ubl_be_is_held(
    official_documents,
):
    held = {}
    for each in official_documents:
        if each.whole and each.xsd:
            subject = Subject(Tree(parse(each.content).root))
            held[each.name] = {code for code, *_ in of_subject(subject)} & {"WB-BE-SIGN", "WB-BE-TYPE"}
    assert [(name[-16:], codes) for name, codes in held.items() if codes] == [
        ("V01-15000024.xml", {"WB-BE-SIGN"})
    ]


def test_every_rule_can_be_broken_and_only_what_would_be_entered_wrongly_is_fatal():
    rules = [rule for table in BELGIAN for rule in table.rules]
    fatal = {rule.code for rule in rules if rule.severity is Severity.FATAL}
    assert {rule.code for rule in rules} == {code for _, (code, *_) in BROKEN.values()} | {"WB-BE-SIGN"}
    assert fatal == {"WB-BE-SIGN", "WB-BE-TYPE"}
    for rule in rules:
        expected = PolicyClass.MONEY if rule.code in fatal else PolicyClass.WARNING
        assert rule.policy_class is expected


RIGHT = {
    "an establishment that Peppol refuses too": [(LEGAL, LEGAL.replace(SELLER, "2147812702"))],
    "a number in the usual spelling": [PLAIN, (LEGAL, LEGAL.replace(SELLER, "0403.019.261"))],
    "a VAT number in the usual spelling": [(VAT, VAT.replace(SELLER, " 0403.019.261"))],
    "a foreign VAT number": [(f"BE{SELLER}", "FR66999000011")],
    "no scheme": [(LEGAL, LEGAL.replace(' schemeID="0208"', "").replace(SELLER, "RPR Gent 12"))],
    "a structured communication": [(CODE, reference("+++123/4567/89002+++"))],
    "one between asterisks": [(CODE, reference("***123/4567/89002***"))],
    "one of bare digits": [(CODE, reference("123456789002"))],
    "a reference of another kind": [(CODE, reference("2026/0412"))],
    "a reference of ISO 11649": [(CODE, reference("RF712348231"))],
    "twelve digits of a foreign seller": [
        (CODE, reference("123456789003")),
        (f"BE{SELLER}", "FR66999000011"),
    ],
    "an account": [(CODE, account("be68 5390 0754 7034"))],
    "a foreign account": [(CODE, account("NL91ABNA0417164300"))],
    "an account that is no IBAN": [(CODE, account("539-0075470-34"))],
    "payment on the day": [("2026-04-13", "2026-03-14+01:00")],
    "VAT in dollars and euro": [IN_DOLLARS],
    "no VAT at a Belgian rate": [IN_DOLLARS, *IN_POUNDS_TOO, ("<cbc:Percent>21<", "<cbc:Percent>25<")],
    "no VAT at all": [
        IN_DOLLARS,
        *IN_POUNDS_TOO,
        (">25.20</cbc:TaxAmount>\n    <cac", ">0</cbc:TaxAmount>\n    <cac"),
    ],
    "a seller without a Belgian VAT number": [IN_DOLLARS, *IN_POUNDS_TOO, (f"BE{SELLER}", "FR66999000011")],
    "euro that BR-53 misses": [IN_DOLLARS, ("Code>USD</cbc:Tax", "Code>EUR</cbc:Tax"), IN_POUNDS_TOO[1]],
    "a type that BR-CL-01 refuses": [PLAIN, (">380<", ">381<")],
    "a type that Peppol refuses": [(">380<", ">81<")],
    "a credit note as e-FFF knew it": [E_FFF, (">380<", ">381<")],
    "no Belgian party": [(">BE<", ">FR<"), ("BE0", "FR0"), ("2026-04-13", "2026-03-13")],
}


@pytest.mark.parametrize("what", RIGHT)
def test_what_is_right_or_left_to_others_breaks_no_rule(invoice_xml, what):
    assert broken(invoice_xml, *RIGHT[what]) == []


def test_in_e_fff_nobody_else_says_that_vat_in_euro_is_missing(invoice_xml):
    said_by_br_53 = RIGHT["euro that BR-53 misses"]
    assert broken(invoice_xml, E_FFF, *said_by_br_53) == [("WB-BE-EUR", "USD", "EUR")]


def test_a_vat_representative_sells_with_belgian_vat_too(invoice_xml):
    representative = (
        f"<cac:TaxRepresentativeParty><cac:PartyTaxScheme>{VAT}</cbc:CompanyID></cac:PartyTaxScheme>"
        "</cac:TaxRepresentativeParty>"
    )
    foreign = RIGHT["a seller without a Belgian VAT number"]
    end = "</cac:AccountingCustomerParty>"
    assert broken(invoice_xml, *foreign, (end, end + representative)) == [("WB-BE-EUR", "USD", "EUR")]


def test_one_wrong_number_of_a_party_is_one_finding(invoice_xml):
    assert broken(invoice_xml, PLAIN, (SELLER, WRONG)) == [("WB-BE-ENTERPRISE", WRONG, None)]


def test_what_peppol_says_of_a_number_is_not_said_again(invoice_xml):
    assert broken(invoice_xml, (SELLER, WRONG)) == []
    assert broken(invoice_xml, (f"BE{SELLER}", f"BE{WRONG}")) == [("WB-BE-VAT", f"BE{WRONG}", None)]


def test_what_peppol_says_of_an_official_or_damaged_document_is_not_said_again(official_documents, mutants):
    for each in (*official_documents, *mutants):
        if each.peppol is None or not each.xsd:
            continue
        subject = Subject(Tree(parse(each.content).root))
        found = {code for code, *_ in of_subject(subject)}
        if profile_of(subject) is Profile.PEPPOL_BILLING and "PEPPOL-COMMON-R043" in each.peppol:
            assert not found & {"WB-BE-ENTERPRISE", "WB-BE-VAT"}, each.name
        assert not ("WB-BE-EUR" in found and "BR-53" in (each.en16931 or {})), each.name
        assert not ("WB-BE-TYPE" in found and "BR-CL-01" in (each.en16931 or {})), each.name


NUMBERS = st.integers(0, 19_999_999).map(lambda eight: f"{eight:08}{97 - eight % 97:02}")
DIGITS = st.integers(0, 9)


def with_digit(number: str, place: int, digit: int) -> str:
    return f"{number[:place]}{digit}{number[place + 1 :]}"


@given(number=NUMBERS, place=st.integers(0, 9), digit=DIGITS)
def test_one_wrong_digit_of_a_vat_number_is_always_seen(invoice_xml, number, place, digit):
    changed = with_digit(number, place, digit)
    found = broken(invoice_xml, (f"BE{SELLER}", f"BE{changed}"))
    assert bool(found) is (changed != number)
    assert bool(found) is not vat_oracle.is_valid(changed)


@given(number=NUMBERS, place=st.integers(0, 9), digit=DIGITS)
def test_one_wrong_digit_of_an_enterprise_number_is_always_seen(invoice_xml, number, place, digit):
    changed = with_digit(number, place, digit)
    found = broken(invoice_xml, PLAIN, (LEGAL, LEGAL.replace(SELLER, changed)))
    assert [code for code, *_ in found] == (["WB-BE-ENTERPRISE"] if changed != number else [])


@given(ten=st.integers(0, 10**10 - 1), place=st.integers(0, 11), digit=DIGITS)
def test_one_wrong_digit_of_a_structured_communication_is_always_seen(invoice_xml, ten, place, digit):
    right = structured_communication(f"{ten:010}")
    digits = right.strip("+").replace("/", "")
    assert broken(invoice_xml, (CODE, reference(right))) == []
    assert broken(invoice_xml, (CODE, reference(digits))) == []
    changed = with_digit(digits, place, digit)
    found = broken(invoice_xml, (CODE, reference(f"+++{changed[:3]}/{changed[3:7]}/{changed[7:]}+++")))
    assert [code for code, *_ in found] == (["WB-BE-OGM"] if changed != digits else [])
    if found and place < 10:
        assert found[0][2] == structured_communication(changed[:10])


@pytest.mark.parametrize(
    ("ten", "communication"),
    [
        ("0000000000", "+++000/0000/00097+++"),
        ("0000000097", "+++000/0000/09797+++"),
    ],
)
def test_a_remainder_of_0_is_written_as_97(ten, communication):
    assert structured_communication(ten) == communication


@given(ten=st.integers(0, 10**10 - 1), place=st.integers(2, 15), digit=DIGITS)
def test_belgian_accounts_are_judged_as_others_judge_them(invoice_xml, ten, place, digit):
    number = with_digit(belgian_iban(ten), place, digit)
    found = broken(invoice_xml, (CODE, account(number)))
    assert bool(found) is not is_iban(number)


@given(bban=st.from_regex(r"\A[0-9A-Z]{11,30}\Z"), check=st.integers(2, 98))
def test_the_check_digits_of_foreign_accounts_are_judged_as_others_judge_them(invoice_xml, bban, check):
    number = f"NL{check:02}{bban}"
    valid = iban_oracle.mod_97_10.is_valid(f"{bban}NL{check:02}")
    assert bool(broken(invoice_xml, (CODE, account(number)))) is not valid


def is_iban(number: str) -> bool:
    """As python-stdnum has it, but for banks that do not exist."""
    digits = number[4:]
    return iban_oracle.is_valid(number, check_country=False) and int(digits[-2:]) == (
        int(digits[:-2]) % 97 or 97
    )
