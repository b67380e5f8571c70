from hashlib import sha256
from urllib.parse import unquote
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from db.vault import Vault
from invoices.lifecycle import State
from tests.api.surroundings import arranging
from tests.db.conftest import COMPANY, OTHER_COMPANY

CONTENT = "<?xml version='1.0'?><Invoice>é\r\n</Invoice>".encode()


@pytest.fixture
def arrange(ledger):
    with arranging(ledger) as arrange:
        yield arrange


def arrived(arrange, number="F-1", content=CONTENT, **record):
    (invoice_id,) = arrange.arrive(arrange.record(document=content, **record))
    arrange.check(invoice_id, facts=arrange.facts(number))
    return invoice_id


def path(invoice_id):
    return f"/api/v1/invoices/{invoice_id}/document"


def test_the_document_is_given_byte_for_byte_by_its_hash(arrange, as_user):
    answer = as_user.get(path(arrived(arrange)))
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["ETag"] == f'"{sha256(CONTENT).hexdigest()}"'
    assert answer.headers["Content-Length"] == str(len(CONTENT))


def test_no_browser_shows_it_as_a_page(arrange, as_user):
    headers = as_user.get(path(arrived(arrange, content=b"<script>alert(1)</script>"))).headers
    assert headers["Content-Type"] == "application/xml"
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "private" in headers["Cache-Control"]


def test_it_is_not_sent_to_whom_has_it_already(arrange, as_user):
    address = path(arrived(arrange))
    tag = as_user.get(address).headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = as_user.get(address, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert as_user.get(address, headers={"If-None-Match": '"other"'}).content == CONTENT


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("2026/17", "2026_17.xml"),
        ("Facture é", "Facture_é.xml"),
        ('a"; filename=evil.exe\r\nX: y', "a_filename_evil.exe_X_y.xml"),
        ("../../etc/passwd", "etc_passwd.xml"),
        ("номер", "номер.xml"),
        ("x" * 300, "x" * 80 + ".xml"),
    ],
)
def test_its_name_is_the_number_and_safe(arrange, as_user, number, name):
    disposition = as_user.get(path(arrived(arrange, number))).headers["Content-Disposition"]
    plain, _, encoded = disposition.partition("; filename*=UTF-8''")
    assert unquote(encoded) == name
    assert plain.isascii()
    assert set(plain.removeprefix('attachment; filename="').removesuffix('"')).isdisjoint('"/\\;')


def test_a_document_without_a_number_is_named_by_the_invoice(arrange, as_user):
    (invoice_id,) = arrange.arrive(arrange.record(document=b"not even XML"))
    answer = as_user.get(path(invoice_id))
    assert f"{invoice_id}.xml" in answer.headers["Content-Disposition"]
    assert answer.content == b"not even XML"


def test_an_erased_document_is_gone(arrange, as_user, owner):
    invoice_id = arrived(arrange)
    with owner.begin() as connection:
        connection.execute(text("UPDATE payload SET content = NULL, erased_at = now()"))
    known = {"If-None-Match": f'"{sha256(CONTENT).hexdigest()}"'}
    for headers in ({}, known):
        answer = as_user.get(path(invoice_id), headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "erased")
        assert sha256(CONTENT).hexdigest() in answer.json()["detail"]


def test_the_document_of_another_company_is_not_there(arrange, caller):
    invoice_id = arrived(arrange, company_number=OTHER_COMPANY)
    client = caller("user", [COMPANY])
    tag = {"If-None-Match": f'"{sha256(CONTENT).hexdigest()}"'}
    for address in (path(invoice_id), path(uuid4())):
        for headers in ({}, tag):
            answer = client.get(address, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not-found")
    assert caller("user", [OTHER_COMPANY]).get(path(invoice_id)).content == CONTENT


def test_an_encrypted_document_is_given_in_the_plain_where_its_key_is_at_hand(ledger, serve, caller):
    key = Fernet.generate_key().decode()
    ledger.vault = Vault([key])
    with arranging(ledger) as arrange:
        invoice_id = arrange.in_state(State.RECEIVED)
        (stored,) = arrange.all("SELECT content, key_id FROM payload")
    assert stored.key_id
    with_key, without = serve(encryption_keys=key), serve()
    assert caller("user", server=with_key).get(path(invoice_id)).content == b"<1/>"
    answer = caller("user", server=without).get(path(invoice_id))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
