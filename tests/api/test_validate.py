"""POST /validate: any bytes get a verdict with its reasons, in the caller's language, and nothing is stored."""

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from invoices.document import MAX_BYTES
from invoices.explain import Language, explained
from sandbox.load import load_records
from tests.hostile.documents import EMPTY, SOUND, laughs

XML = {"Content-Type": "application/xml"}
WRONG = SOUND.replace(b">EUR<", b">XXX<").replace(b'currencyID="EUR"', b'currencyID="ZZZ"')


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """A data directory in which the rules are compiled once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def facade_settings(facade_settings, compiled):
    return {**facade_settings, "data_dir": compiled, "check_processes": 1}


@pytest.fixture
def post(as_service):
    """Posts a document, as XML unless told."""

    def posted(document, **headers):
        return as_service.post(
            "/api/v1/validate",
            content=document,
            headers=XML | {k.replace("_", "-"): v for k, v in headers.items()},
        )

    return posted


@pytest.fixture
def validation(post):
    def read(document, **headers):
        answer = post(document, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    return read


def codes(validation):
    return {finding["code"] for finding in validation["findings"]}


class TestVerdicts:
    def test_a_sound_invoice_is_valid_by_all_rule_sets(self, post, checker):
        answer = post(SOUND)
        assert answer.status_code == 200
        assert answer.json()["message"] == "Valid."
        data = answer.json()["data"]
        assert (data["verdict"], data["findings"], data["file"]) == ("valid", [], None)
        expected = checker.check(SOUND).checked.rule_sets
        assert data["rule_sets"] == [{"name": each.name, "version": each.version} for each in expected]

    @pytest.mark.parametrize("language", Language)
    def test_what_is_wrong_is_said_in_the_callers_language(self, post, checker, language):
        answer = post(WRONG, Accept_Language=f"{language}-BE;q=0.9, de")
        assert answer.headers["Content-Language"] == language
        data = answer.json()["data"]
        expected = checker.check(WRONG).checked
        assert data["verdict"] == "invalid"
        assert len(expected.findings) > 1
        for shown, finding in zip(data["findings"], expected.findings, strict=True):
            words = explained(finding, language)
            assert shown == {
                **{
                    name: getattr(finding, name)
                    for name in ("code", "location", "line", "term", "found", "expected")
                },
                "severity": finding.severity.value,
                "message": words.message,
                "fix": words.fix,
            }

    def test_the_answer_names_the_document_as_the_caller_does(self, as_service):
        answer = as_service.post("/api/v1/validate?file=a%20b.xml", content=SOUND, headers=XML)
        assert answer.json()["data"]["file"] == "a b.xml"

    @pytest.mark.parametrize(
        ("document", "code"),
        [
            (b"an invoice, honestly", "WB-XML"),
            (b"\x00\xff\xfe", None),
            (b"<a/>", None),
            (EMPTY % b"", None),
            (laughs(), "WB-DOCTYPE"),
            (b"<a>" * 100_000, None),
            (EMPTY % (b"<a>" * 5_000 + b"</a>" * 5_000), None),
            (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "WB-DOCTYPE"),
        ],
        ids=["text", "binary", "other", "empty", "laughs", "open", "deep", "outside"],
    )
    def test_whatever_is_no_invoice_is_invalid_and_says_why(self, validation, document, code):
        data = validation(document)
        assert data["verdict"] == "invalid"
        assert all(finding["message"] for finding in data["findings"])
        assert code is None or code in codes(data)

    def test_a_document_of_more_than_is_read_says_so(self, validation):
        data = validation(b"<a>" + b" " * MAX_BYTES + b"</a>")
        assert data["verdict"] != "valid"
        assert codes(data) == {"WB-SIZE"}

    @pytest.mark.parametrize(
        "media_type", ["text/xml; charset=utf-8", "application/octet-stream", "Application/XML"]
    )
    def test_each_media_type_of_xml_is_taken(self, validation, media_type):
        assert validation(SOUND, Content_Type=media_type)["verdict"] == "valid"

    def test_nothing_is_stored(self, validation, owner):
        validation(SOUND)
        with owner.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM payload")).scalar_one() == 0
            assert connection.execute(text("SELECT count(*) FROM document")).scalar_one() == 0


class TestWhatIsNotTaken:
    def test_an_empty_body(self, post):
        answer = post(b"")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid-request")

    @pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data", "text/plain", ""])
    def test_another_media_type(self, post, media_type):
        answer = post(SOUND, Content_Type=media_type)
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported-media-type")
        assert "application/xml" in answer.json()["detail"]

    def test_a_caller_who_may_not(self, facade, caller):
        assert facade.post("/api/v1/validate", content=SOUND, headers=XML).status_code == 401
        other = caller("service", scopes=["invoices:read"])
        assert other.post("/api/v1/validate", content=SOUND, headers=XML).status_code == 403


class TestWhenCheckingGoesWrong:
    def test_a_check_that_takes_too_long_is_no_verdict(self, serve, caller):
        service = caller("service", server=serve(check_timeout_seconds=0.001))
        answer = service.post("/api/v1/validate", content=SOUND, headers=XML)
        assert answer.status_code == 200
        assert answer.json()["message"] == "It could not be checked; see the findings."
        data = answer.json()["data"]
        assert data["verdict"] == "could_not_check"
        assert "did not end within" in data["findings"][0]["message"]

    def test_a_process_that_dies_takes_only_its_document_with_it(self, serve, caller):
        service = caller("service", server=serve())
        others, answered = set(multiprocessing.active_children()), threading.Event()

        def kill():
            while not answered.wait(0.01):
                for child in set(multiprocessing.active_children()) - others:
                    child.kill()

        with ThreadPoolExecutor(1) as threads:
            killing = threads.submit(kill)
            answer = service.post("/api/v1/validate", content=SOUND, headers=XML)
            answered.set()
            killing.result()
        assert answer.json()["data"]["verdict"] == "could_not_check"
        assert "ended unexpectedly" in answer.json()["data"]["findings"][0]["message"]
        again = service.post("/api/v1/validate", content=SOUND, headers=XML)
        assert again.json()["data"]["verdict"] == "valid"

    def test_rules_that_cannot_be_used_are_said_to_be_so(self, serve, caller, tmp_path):
        added = tmp_path / "rules" / "added"
        added.mkdir(parents=True)
        (added / "ours.json").write_text("{")
        service = caller("service", server=serve(data_dir=tmp_path))
        answer = service.post("/api/v1/validate", content=SOUND, headers=XML)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")


def test_more_than_can_wait_are_sent_away_and_the_others_answered(serve, caller):
    service = caller("service", server=serve())
    with ThreadPoolExecutor(12) as threads:
        answers = list(
            threads.map(lambda _: service.post("/api/v1/validate", content=SOUND, headers=XML), range(12))
        )
    told = [answer.json() for answer in answers]
    assert {answer.status_code for answer in answers} == {200, 503}
    assert sum(answer.status_code == 200 for answer in answers) >= 4
    assert {each["error"]["code"] for each in told if not each["success"]} == {"busy"}
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 503)
    assert service.post("/api/v1/validate", content=SOUND, headers=XML).status_code == 200


def test_others_are_answered_while_documents_are_checked(serve, caller):
    facade = serve()
    service = caller("service", server=facade)
    large = b"".join(record.read_document() for record in load_records(1))
    answered = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        checking = threads.submit(service.post, "/api/v1/validate", content=large, headers=XML)
        checking.add_done_callback(lambda _: answered.set())
        meanwhile = 0
        while not answered.is_set():
            assert facade.get("/healthz").status_code == 200
            meanwhile += not answered.is_set()
        assert checking.result().status_code == 200
    assert meanwhile > 0
