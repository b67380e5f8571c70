"""The Clearfacts of the sandbox keeps to clearfacts.md, and refuses what breaks it."""

import hashlib
import json
import uuid
from datetime import UTC, datetime

import httpx
import pytest

from sandbox.clearfacts.app import Clearfacts
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.reception import Reception
from sandbox.records import Administration

COMPANY = "0999000129"
DOCUMENT = """query document($id: ID!) {
  document(id: $id) { date comment ... on InvoiceDocument { type paymentState file { uuid name } } }
}"""
ADMINISTRATIONS = """query administrations($offset: Int, $first: Int) {
  administrations(offset: $offset, first: $first) {
    name companyNumber accountManager emails { type emailAddress }
  }
}"""
STATISTICS = """query statistics {
  getCompanyStatistics(type: "processing", startPeriod: "2025-12-01", endPeriod: "%s") {
    companyNumber items { period value }
  }
}"""


def errors(answer):
    body = answer.json()
    assert body.get("data") is None
    return body["errors"][0]["message"]


def test_an_upload_gives_a_receipt_and_is_journalled(clearfacts, sandbox):
    answer = clearfacts.upload()
    taken = answer.json()["data"]["uploadFile"]
    entry = sandbox.journal.entries()[0]
    assert uuid.UUID(taken["uuid"]) == uuid.UUID(entry.uuid)
    assert taken["name"] == entry.filename == clearfacts.upload_variables["filename"]
    assert (entry.company_number, entry.invoicetype) == (COMPANY, "SALE")
    assert entry.comment == clearfacts.upload_variables["comment"]
    assert entry.sha256 == hashlib.sha256(b"<Invoice/>").hexdigest()
    assert entry.body is None


def test_the_same_upload_twice_is_taken_twice(clearfacts, sandbox):
    receipts = {clearfacts.upload().json()["data"]["uploadFile"]["uuid"] for _ in range(2)}
    assert len(receipts) == 2
    assert sandbox.journal.counts() == {"upload": {"accepted": 2}}


def test_uploaded_files_are_kept_when_asked_for(clearfacts, sandbox):
    sandbox.journal.keep_bodies = True
    clearfacts.upload(content=b"<Invoice>1</Invoice>")
    assert sandbox.journal.entries()[0].body == b"<Invoice>1</Invoice>"


def test_an_uploaded_document_can_be_read_back(clearfacts):
    receipt = clearfacts.upload(invoicetype="PURCHASE").json()["data"]["uploadFile"]["uuid"]
    document = clearfacts.ask(DOCUMENT, id=receipt).json()["data"]["document"]
    assert document == {
        "date": datetime.now(UTC).date().isoformat(),
        "comment": clearfacts.upload_variables["comment"],
        "type": "PURCHASE",
        "paymentState": "UNPAID",
        "file": {"uuid": receipt, "name": clearfacts.upload_variables["filename"]},
    }


def test_an_unknown_document_is_an_error(clearfacts):
    assert errors(clearfacts.ask(DOCUMENT, id=str(uuid.uuid4()))) == "Document not found"


def test_administrations_come_in_pages(clearfacts, sandbox):
    numbers = [f"09990{index:05d}" for index in range(5)]
    sandbox.portal.administrations = {
        number: Administration(number, f"Client {number}") for number in numbers
    }
    listed = clearfacts.ask(ADMINISTRATIONS, offset=1, first=3).json()["data"]["administrations"]
    assert [each["companyNumber"] for each in listed] == numbers[1:4]
    assert set(listed[0]) == {"name", "companyNumber", "accountManager", "emails"}
    everything = clearfacts.ask("{ administrations { companyNumber } }").json()["data"]["administrations"]
    assert everything == [{"companyNumber": number} for number in numbers]
    assert clearfacts.ask(ADMINISTRATIONS, offset=5, first=3).json()["data"]["administrations"] == []


@pytest.mark.parametrize("page", [{"offset": -1}, {"first": -1}])
def test_a_negative_page_is_an_error(clearfacts, page):
    assert "negative" in errors(clearfacts.ask(ADMINISTRATIONS, **page))


def test_statistics_count_per_company_and_month(clearfacts, sandbox):
    sandbox.portal.administrations["0999000228"] = Administration("0999000228", "Bouwwerken Steenhorst BV")
    today = datetime.now(UTC)
    before = clearfacts.ask(STATISTICS % today.date()).json()["data"]["getCompanyStatistics"]
    clearfacts.upload()
    clearfacts.upload()
    after = clearfacts.ask(STATISTICS % today.date()).json()["data"]["getCompanyStatistics"]
    assert [each["companyNumber"] for each in after] == [f"BE{COMPANY}", "BE0999000228"]
    assert [item["period"] for item in after[0]["items"]][:2] == ["12/2025", "01/2026"]
    assert after[0]["items"][-1]["period"] == f"{today:%m/%Y}"
    assert after[0]["items"][-1]["value"] - before[0]["items"][-1]["value"] == 2
    assert after[1] == before[1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"processing"', '"else"'),
        ('"2025-12-01"', '"3000-01-01"'),
        ('"2025-12-01"', '"1900-01-01"'),
        ('"2025-12-01"', '"December"'),
        ('"2025-12-01"', "2025"),
    ],
)
def test_statistics_refuse_what_is_not_a_type_or_a_period(clearfacts, before, after):
    assert errors(clearfacts.ask((STATISTICS % "2026-11-30").replace(before, after)))


def test_userinfo_says_whose_token_it_is(sandbox):
    url = f"{sandbox.clearfacts_login_url}/oauth2-server/userinfo"
    good = httpx.get(url, headers={"Authorization": f"Bearer {sandbox.clearfacts_token}"})
    assert set(good.json()) == {"sub", "username", "email"}
    assert httpx.get(url).status_code == 401


@pytest.mark.parametrize("cut", [1, 79])
def test_a_wrong_token_is_401_without_anything_taken(clearfacts, sandbox, cut):
    clearfacts.client.headers["Authorization"] = f"Bearer {sandbox.clearfacts_token[:cut]}"
    assert clearfacts.upload().status_code == 401
    assert sandbox.journal.counts() == {"unknown": {"refused": 1}}


@pytest.mark.parametrize("token", ["x" * 79, "x" * 81, "é" * 80])
def test_a_clearfacts_token_is_80_ascii_characters(token, sandbox):
    assert len(sandbox.clearfacts_token) == 80
    with pytest.raises(ValueError, match="80 ASCII") as refused:
        Clearfacts(Reception(Journal(), Faults()), sandbox.portal, token)
    assert token not in str(refused.value)


@pytest.mark.parametrize("scope", ["upload_document", "read_administrations", "statistics"])
def test_a_missing_scope_is_403(clearfacts, sandbox, scope):
    sandbox.clearfacts.scopes -= {scope}
    answers = {
        "upload_document": clearfacts.upload(),
        "read_administrations": clearfacts.ask(ADMINISTRATIONS),
        "statistics": clearfacts.ask(STATISTICS % "2026-11-30"),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        name: 403 if name == scope else 200 for name in answers
    }
    assert scope in answers[scope].json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"companyNumber": f"BE{COMPANY}"},
        {"companyNumber": "0999.000.129"},
        {"companyNumber": "999000129"},
        {"companyNumber": None},
        {"companyNumber": 999000129},
        {"companyNumber": "0999000525"},
        {"invoicetype": "INVOICE"},
        {"invoicetype": None},
        {"filename": ""},
        {"filename": None},
        {"comment": 5},
        {"content": b""},
        {"content_type": "text/xml"},
    ],
)
def test_an_upload_that_breaks_the_contract_is_200_with_errors(clearfacts, sandbox, wrong):
    answer = clearfacts.upload(**wrong)
    entry = sandbox.journal.entries()[0]
    assert answer.status_code == 200
    assert entry.reason == errors(answer)
    assert sandbox.journal.counts() == {"upload": {"refused": 1}}


@pytest.mark.parametrize("content_type", ["application/pdf", "image/jpeg", "application/xml; charset=utf-8"])
def test_the_documented_content_types_are_taken(clearfacts, content_type):
    assert clearfacts.upload(content_type=content_type).json()["data"]["uploadFile"]["uuid"]


TAGS_ARGUMENT = 'mutation { uploadFile(filename: "a.xml", tags: ["x", [], 1]) { uuid } }'
TAGS_DECLARED = 'mutation a($tags: [String!]!) { uploadFile(filename: "a.xml", tags: $tags) { uuid } }'


@pytest.mark.parametrize("wrong", [{"tags": ["x"]}, {"query": TAGS_ARGUMENT}, {"query": TAGS_DECLARED}])
def test_tags_anywhere_are_an_internal_server_error(clearfacts, wrong):
    answer = clearfacts.upload(**wrong)
    assert answer.status_code == 200
    assert answer.json() == {"errors": [{"message": "Internal server error"}], "data": None}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "{",
        "{ }",
        "hello",
        "subscription { document }",
        "mutation a(",
        "mutation a($x) { uploadFile }",
        "{ administrations { name } document }",
        "{ administrations { name } } more",
        "{ administrations { name ",
        "{ administrations(first: ) { name } }",
        "{ administrations(first: ]) { name } }",
        "{ administrations { ... name } }",
        "{ one two }",
        "{ administrations { name ; } }",
        "{ 1 }",
        "mutation { administrations { name } }",
        "{ documents { uuid } }",
        "{ administrations }",
        "{ administrations { name { first } } }",
        "{ administrations { vatNumber } }",
        "{ administrations(limit: 3) { name } }",
        "{ administrations(first: $first) { name } }",
        "query a($first: String) { administrations(first: $first) { name } }",
        '{ administrations(first: "3") { name } }',
        "{ administrations(first: true) { name } }",
        "{ document { date } }",
        "{ document(id: SOME) { date } }",
    ],
)
def test_a_query_that_is_not_of_the_schema_is_200_with_errors(clearfacts, query):
    answer = clearfacts.ask(query)
    assert answer.status_code == 200
    assert errors(answer)


def test_an_enumeration_may_be_written_in_the_query_but_not_as_a_string(clearfacts):
    query = 'mutation { uploadFile(companyNumber: "%s", filename: "a.xml", invoicetype: %s) { uuid } }'
    assert clearfacts.upload(query=query % (COMPANY, "SALE")).json()["data"]["uploadFile"]["uuid"]
    assert "InvoiceTypeArgument" in errors(clearfacts.upload(query=query % (COMPANY, '"SALE"')))


def test_an_upload_that_asks_for_an_unknown_field_is_not_taken(clearfacts, sandbox):
    query = 'mutation { uploadFile(companyNumber: "0999000129", filename: "a", invoicetype: SALE) { id } }'
    assert errors(clearfacts.upload(query=query)) == 'Cannot query field "id" on "uploadFile".'
    assert sandbox.journal.counts() == {"upload": {"refused": 1}}
    assert sandbox.journal.entries()[0].uuid is None


def test_comments_commas_and_escapes_are_read(clearfacts, sandbox):
    query = """
    # an upload
    mutation {
      uploadFile(companyNumber: "0999000129", filename: "a \\"b\\".xml", invoicetype: SALE) { uuid, name } # end
    }
    # done"""
    assert clearfacts.upload(query=query).json()["data"]["uploadFile"]["name"] == 'a "b".xml'


def test_only_the_selected_fields_are_answered(clearfacts):
    query = 'mutation { uploadFile(companyNumber: "0999000129", filename: "a", invoicetype: SALE) { name } }'
    assert clearfacts.upload(query=query).json() == {"data": {"uploadFile": {"name": "a"}}}


QUERY, VARIABLES, FILE = (
    ("query", (None, "{ a }")),
    ("variables", (None, "{}")),
    ("file", ("a", b"x", "image/jpeg")),
)


@pytest.mark.parametrize(
    "parts",
    [
        [QUERY, VARIABLES],
        [QUERY, FILE],
        [QUERY, VARIABLES, FILE, ("more", (None, "x"))],
        [QUERY, VARIABLES, FILE, FILE],
        [("operations", (None, "{}")), ("map", (None, "{}")), ("0", ("a", b"x", "image/jpeg"))],
        [QUERY, VARIABLES, ("file", (None, "x"))],
        [("query", ("query.txt", b"{ a }")), VARIABLES, FILE],
        [("query", (None, b"\xff")), VARIABLES, FILE],
        [QUERY, ("variables", (None, "{")), FILE],
        [QUERY, ("variables", (None, "[]")), FILE],
    ],
)
def test_a_form_with_other_than_the_three_parts_is_400(clearfacts, parts):
    assert clearfacts.client.post(clearfacts.url, files=parts).status_code == 400


def raw_form(*parts, end=b"--B--\r\n"):
    return b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + end


RAW_QUERY = b'Content-Disposition: form-data; name="query"\r\n\r\n{ a }'
RAW_VARIABLES = b'Content-Disposition: form-data; name="variables"\r\n\r\n{}'
RAW_FILE = b'Content-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: image/jpeg\r\n\r\nx'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing of the kind",
        raw_form(RAW_QUERY, RAW_VARIABLES, RAW_FILE, end=b""),
        raw_form(RAW_QUERY, RAW_VARIABLES, RAW_FILE.replace(b"Content-Type: image/jpeg\r\n", b"")),
        raw_form(RAW_QUERY, RAW_VARIABLES, RAW_FILE.replace(b'name="file"; ', b"")),
        raw_form(RAW_QUERY, RAW_VARIABLES, b"X: y\r\n\r\nx"),
    ],
)
def test_a_broken_multipart_body_is_400(clearfacts, body):
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    assert clearfacts.client.post(clearfacts.url, content=body, headers=headers).status_code == 400


def test_a_multipart_body_without_boundary_is_400(clearfacts):
    body = raw_form(RAW_QUERY, RAW_VARIABLES, RAW_FILE)
    headers = {"Content-Type": "multipart/form-data"}
    assert clearfacts.client.post(clearfacts.url, content=body, headers=headers).status_code == 400


def test_an_upload_without_the_form_and_a_query_with_it_are_400(clearfacts, sandbox):
    variables = clearfacts.upload_variables
    query = "mutation a($filename: String!) { uploadFile(filename: $filename) { uuid } }"
    assert clearfacts.ask(query, **variables).status_code == 400
    assert clearfacts.upload(query="{ administrations { name } }").status_code == 400
    assert sandbox.journal.counts() == {"upload": {"refused": 1}, "administrations": {"refused": 1}}


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"query": 1}', b'{"query": "{a}", "variables": 3}'])
def test_a_json_body_that_is_not_a_graphql_request_is_400(clearfacts, body):
    headers = {"Content-Type": "application/json"}
    assert clearfacts.client.post(clearfacts.url, content=body, headers=headers).status_code == 400


def test_any_other_content_type_is_400_and_get_is_405(clearfacts):
    body = json.dumps({"query": "{ administrations { name } }"})
    headers = {"Content-Type": "text/plain"}
    assert clearfacts.client.post(clearfacts.url, content=body, headers=headers).status_code == 400
    assert clearfacts.client.get(clearfacts.url).status_code == 405
