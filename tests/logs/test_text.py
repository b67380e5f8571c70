"""Text for a log: secrets, personal data and documents are taken out wherever they stand, fast, and it is cut."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logs.text import GONE, cleaned, is_sensitive, scrubbed

ALNUM = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
URLSAFE = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def random_text(letters, fewest, most):
    return st.lists(letters, min_size=fewest, max_size=most).map("".join)


def iban(country, account):
    digits = "".join(str(int(letter, 36)) for letter in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02}{account}"


IBANS = st.one_of(
    st.tuples(st.just("BE"), random_text(st.sampled_from("0123456789"), 12, 12)),
    st.tuples(st.sampled_from(["NL", "FR", "DE", "NO", "MT"]), random_text(ALNUM.map(str.upper), 11, 30)),
).map(lambda parts: iban(*parts))
PASSWORDS = random_text(st.sampled_from("abcXYZ019!$%&*()+,;~#"), 6, 40).map(lambda text: f"h{text}h")

SECRETS = {
    "bearer token": random_text(ALNUM, 8, 90).map(lambda text: (f"Bearer {text}", text)),
    "JWT": random_text(URLSAFE, 20, 60).map(lambda text: (f"eyJ{text}.{text}.{text}", text)),
    "API key": random_text(URLSAFE, 12, 60).map(lambda text: (f"wbk_{text}", text)),
    "webhook secret": random_text(ALNUM, 12, 60).map(lambda text: (f"whsec_{text}", text)),
    "database URL": PASSWORDS.map(lambda text: (f"postgresql://waybill:{text}@db/waybill", text)),
    "Fernet key": random_text(URLSAFE, 43, 43).map(lambda text: (f"{text}=", text)),
    "Clearfacts token": random_text(ALNUM, 79, 79).map(lambda text: (f"{text}7", text)),
    "e-mail": random_text(ALNUM, 2, 20).map(lambda text: (f"jan.{text}@firma.example", f"jan.{text}")),
    "IBAN": IBANS.map(lambda text: (text, text)),
    "spaced IBAN": IBANS.map(lambda text: " ".join(re.findall(".{1,4}", text))).map(
        lambda text: (text, text)
    ),
    "phone": random_text(st.sampled_from("0123456789"), 8, 8).map(lambda text: (f"+32 4{text}", text)),
    "assignment": PASSWORDS.map(lambda text: (f"password={text}", text)),
    "JSON": PASSWORDS.map(lambda text: (f'{{"clientSecret": "{text} and {text}"}}', text)),
    "repr": PASSWORDS.map(lambda text: (f"Account(name='jan', refresh_token='{text} {text}')", text)),
    "header": PASSWORDS.map(lambda text: (f"Cookie: session={text}; other={text}", text)),
    "query": PASSWORDS.map(lambda text: (f"GET /x?api_key={text}", text)),
    "bytes": PASSWORDS.map(lambda text: (f"got b'{text}'", text)),
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_taken_out_wherever_it_stands(kind):
    @settings(max_examples=50)
    @given(SECRETS[kind], st.text(), st.text(), st.sampled_from([" ", "\n", "\t", " ("]))
    def holds(secret, before, after, gap):
        shown, hidden = secret
        assert hidden not in scrubbed(f"{before}{gap}{shown} {after}", 4096)

    holds()


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_taken_out_where_long_text_is_cut(kind):
    @settings(max_examples=15)
    @given(SECRETS[kind], st.integers(-200, 200), st.sampled_from([4096, 16 * 1024]))
    def holds(secret, offset, edge):
        shown, hidden = secret
        text = scrubbed("x " * ((edge - offset) // 2) + shown + " y" * 9_000, 20_000)
        assert hidden[:12] not in text

    holds()


@settings(max_examples=1000)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=8), st.sampled_from(["token", "password", "basic ", "eyJ", "ab12", "1.", "-"])
        ),
        max_size=80,
    ).map("".join)
)
def test_text_that_looks_harmless_at_once_is_so(text):
    assert scrubbed(text, 10_000) == cleaned(text)


@given(st.text(), st.integers(0, 100))
def test_text_is_cut(text, longest):
    assert len(scrubbed(text, longest)) <= longest + len(f"... [{len(text)} characters]")


@pytest.mark.parametrize(
    "harmless",
    [
        "POST http://erp.example:8081/api/v1/invoices/2026-0412 answered 200",
        "Invoice 2026/0412 of BE0403170701 (0403.170.701) went from ready to sent at 2026-11-21T10:00:00+01:00",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "be12cd34-be12-4567-89ab-cdef01234567 and be12cd34be12456789abcdef01234567",
        "test_a_connection_that_does_not_come_about_in_time_means_not_sent",
        "<module> in <Ledger at 0x7f> costs € 1.234.567,89",
        "the token was refused",
    ],
)
def test_what_tells_nothing_is_kept(harmless):
    assert scrubbed(harmless, 4096) == harmless


@pytest.mark.parametrize(
    "message",
    [
        "duplicate key value\nDETAIL:  Key (name)=(Jan Peeters) already exists.\nmore Peeters",
        "could not\n[SQL: INSERT INTO t VALUES (:a)]\n[parameters: {'a': 'Peeters'}]",
        "1 error\n  Input should be int [type=int_parsing, input_value='Peeters', input_type=str]",
        "Start tag expected: <?xml version='1.0'?><Invoice>Peeters</Invoice>",
        "unknown <cbc:Name>Peeters</cbc:Name>",
        "-----BEGIN PRIVATE KEY-----\nPeeters\n-----END PRIVATE KEY-----",
        "A\n\n\n CONTEXT:  unnamed portal parameter $1 = 'Peeters'",
        "born 85.07.30-033.28",
        "got {'password': ['x', {'a': 'Peeters'}]}",
        "of [('password', 'Peeters'), ('a', 'b')]",
        "token=Secret(a='x', b='Peeters')",
    ],
)
def test_rows_parameters_and_documents_in_messages_are_taken_out(message):
    said = scrubbed(message, 4096)
    assert "Peeters" not in said
    assert "85.07.30" not in said


def test_a_document_as_base64_is_taken_out():
    assert scrubbed(f"ubl: {'PD94bWw/' * 200}", 4096) == "ubl: [data]"


@pytest.mark.parametrize(
    "name",
    ["password", "PASSWORD", "passWord", "pass-word", "new_password_2", "Authorization", "X-API-Key", "apiKey",
     "set-cookie", "refreshToken", "webhook-signature", "\uff50\uff41\uff53\uff53word", "e_mail", "IBAN",
     "JWT_SECRET", "p a s s w o r d"],
)  # fmt: skip
def test_names_of_secrets_are_known_in_any_spelling(name):
    assert is_sensitive(name)


@pytest.mark.parametrize("name", ["path", "duration", "correlation_id", "not_placed", "company_number", ""])
def test_other_names_are_not_taken_for_those_of_secrets(name):
    assert not is_sensitive(name)


HOSTILE = [
    "a", "a@", "://", "\n", " ", "password", "password=", "input_value=", "BE12 3456", "ab12 ", "+1 ", "eyJ",
    "-----BEGIN A", "<a:", 'token="', "token=(", "\\", "b'", "bearer ", "secret    ", "-", "cookie\n", "[SQL: ",
]  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", HOSTILE)
def test_text_made_to_be_slow_is_not(piece):
    assert scrubbed(piece * (1_000_000 // len(piece)), 4096)


def test_what_was_taken_out_says_so():
    assert scrubbed("token: hush", 100) == f"token: {GONE}"
