"""Webhooks of the Java backend: signed, fresh and each once, they ask for a run; anything else changes nothing."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from sandbox.java_backend.webhooks import invoices_changed, new_secret, signed_webhook

SECRET, OTHER_SECRET = new_secret(), new_secret()
PATH = "/api/v1/webhooks/java-backend"


@pytest.fixture
def taking(serve):
    """A facade that takes webhooks; requests that wait are not looked at in the meantime."""
    return serve(java_backend_webhook_secret=SECRET, dispatch_seconds=60)


@pytest.fixture
def send(taking):
    """Sends a webhook, altered as told after it was signed."""

    def post(body=None, *, secret=SECRET, headers=None, content=None, client=taking, **signing):
        webhook = signed_webhook(secret, invoices_changed(["A1"]) if body is None else body, **signing)
        return client.post(
            PATH,
            content=webhook.content if content is None else content,
            headers={**webhook.headers, **(headers or {})},
        )

    return post


@pytest.fixture
def requests(ledger):
    def read():
        with ledger.reading() as connection:
            return connection.execute(text("SELECT * FROM run_request ORDER BY position")).all()

    return read


def code_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


class TestTaken:
    def test_a_webhook_asks_for_a_run_of_its_invoices(self, send, requests):
        answer = send(
            invoices_changed(["A1", "A2", "A1"]), webhook_id="msg_1", headers={"X-Request-ID": "erp-7"}
        )
        assert answer.status_code == 202
        (request,) = requests()
        assert answer.headers["Location"] == f"/api/v1/jobs/{request.id}"
        assert answer.json()["data"] == {
            "webhook_id": "msg_1",
            "job_id": str(request.id),
            "status_url": f"/api/v1/jobs/{request.id}",
        }
        assert (request.source_ids, request.invoice_ids, request.asked_by) == (["A1", "A2"], None, None)
        assert request.requested_by == "Java backend (webhook)"
        assert (request.force, request.dry_run) == (False, False)

    @pytest.mark.parametrize("data", [None, {}, {"invoice_ids": None}, {"something": "new"}])
    def test_without_ids_it_asks_for_all_that_is_new(self, send, requests, data):
        assert send({"type": "invoices.changed", "data": data}).status_code == 202
        assert requests()[0].source_ids is None

    def test_fields_that_are_not_known_are_ignored(self, send, requests):
        body = {**invoices_changed(["A1"]), "tenant": 7}
        body["data"]["why"] = "new"
        assert send(body).status_code == 202
        assert requests()[0].source_ids == ["A1"]

    def test_a_type_that_is_not_known_is_taken_and_ignored(self, send, requests):
        answer = send({"type": "customer.created", "data": {"invoice_ids": 7}})
        assert (answer.status_code, answer.json()["data"]["job_id"]) == (202, None)
        assert "Location" not in answer.headers
        assert requests() == []

    def test_one_that_comes_again_is_the_same_job(self, send, requests):
        body = invoices_changed(["A1"])
        first, again = send(body, webhook_id="msg_1"), send(body, webhook_id="msg_1")
        assert first.json()["data"] == again.json()["data"]
        assert again.status_code == 202
        assert len(requests()) == 1

    def test_the_same_id_with_another_body_is_refused(self, send, requests):
        send(invoices_changed(["A1"]), webhook_id="msg_1")
        assert code_of(send(invoices_changed(["A2"]), webhook_id="msg_1")) == (409, "webhook-id-reused")
        assert len(requests()) == 1

    def test_replays_at_the_same_moment_are_one_job(self, send, requests):
        body = invoices_changed(["A1"])
        with ThreadPoolExecutor(8) as executor:
            answers = list(executor.map(lambda _: send(body, webhook_id="msg_1"), range(24)))
        assert {answer.status_code for answer in answers} == {202}
        assert {answer.json()["data"]["job_id"] for answer in answers} == {str(requests()[0].id)}
        assert len(requests()) == 1

    def test_of_other_bodies_at_the_same_moment_one_is_taken(self, send, requests):
        bodies = [invoices_changed([f"A{n % 2}"]) for n in range(2)] * 8
        with ThreadPoolExecutor(8) as executor:
            answers = list(executor.map(lambda body: send(body, webhook_id="msg_1"), bodies))
        assert sorted({answer.status_code for answer in answers}) == [202, 409]
        assert len(requests()) == 1

    def test_of_a_burst_none_is_lost(self, send, requests):
        with ThreadPoolExecutor(16) as executor:
            answers = list(executor.map(lambda n: send(invoices_changed([f"A{n}"])), range(1000)))
        assert {answer.status_code for answer in answers} == {202}
        assert {request.source_ids[0] for request in requests()} == {f"A{n}" for n in range(1000)}


class TestRotation:
    def test_any_of_the_secrets_may_sign(self, serve, send):
        facade = serve(java_backend_webhook_secret=f"{OTHER_SECRET}, {SECRET}", dispatch_seconds=60)
        assert send(secret=SECRET, client=facade).status_code == 202
        assert send(secret=OTHER_SECRET, client=facade).status_code == 202
        assert code_of(send(secret=new_secret(), client=facade)) == (401, "webhook-refused")

    def test_a_sender_may_sign_with_several(self, send):
        webhook = signed_webhook(SECRET, b'{"type": "invoices.changed"}', "msg_1")
        foreign = signed_webhook(OTHER_SECRET, webhook.content, "msg_1").headers["webhook-signature"]
        both = f"{foreign} {webhook.headers['webhook-signature']}"
        assert (
            send(webhook.content, webhook_id="msg_1", headers={"webhook-signature": both}).status_code == 202
        )


RUBBISH = [
    ({"webhook-id": ""}, "`webhook-id` is missing"),
    ({"webhook-timestamp": ""}, "`webhook-timestamp` is missing"),
    ({"webhook-signature": ""}, "`webhook-signature` is missing"),
    ({"webhook-id": "msg_other"}, "No `v1` signature"),
    ({"webhook-id": "a.b"}, "full stop"),
    ({"webhook-id": "a" * 129}, "1 to 128"),
    ({"webhook-timestamp": "yesterday"}, "whole seconds"),
    ({"webhook-timestamp": "NaN"}, "whole seconds"),
    ({"webhook-timestamp": "-1"}, "whole seconds"),
    ({"webhook-timestamp": "9" * 11}, "ahead"),
    ({"webhook-timestamp": "9" * 400}, "whole seconds"),
    ({"webhook-signature": f"v1,{'A' * 43}="}, "No `v1` signature"),
    ({"webhook-signature": "v1,****"}, "No `v1` signature"),
    ({"webhook-signature": "v1"}, "No `v1` signature"),
    ({"webhook-signature": "v1,a,b"}, "No `v1` signature"),
    ({"webhook-signature": "v1, v1, ,,"}, "No `v1` signature"),
    ({"webhook-signature": b"\xe9\xff".decode("latin-1").encode("latin-1")}, "No `v1` signature"),
]

UNUSABLE = [
    (b"", "body"),
    (b"[]", "body"),
    (b"null", "body"),
    (b"{", "body"),
    (b"[" * 100_000, "body"),
    (b'{"type": 7}', "body.type"),
    (b'{"type": ""}', "body.type"),
    (b"{}", "body.type"),
    (b'{"type": "invoices.changed", "timestamp": "soon"}', "body.timestamp"),
    (b'{"type": "invoices.changed", "data": "A1"}', "body.data"),
    (b'{"type": "invoices.changed", "data": {"invoice_ids": "A1"}}', "body.data.invoice_ids"),
    (b'{"type": "invoices.changed", "data": {"invoice_ids": []}}', "body.data.invoice_ids"),
    (b'{"type": "invoices.changed", "data": {"invoice_ids": [7]}}', "body.data.invoice_ids.0"),
    (
        b'{"type": "invoices.changed", "data": {"invoice_ids": ["a\\u0000b"]}}',
        "body.data.invoice_ids.0",
    ),
    (b'{"type": "invoices.changed", "data": {"invoice_ids": ["\\ud800"]}}', "body"),
    (b'{"type": "invoices.changed", "data": {"invoice_ids": [""]}}', "body.data.invoice_ids.0"),
    (json.dumps(invoices_changed(["a" * 129])).encode(), "body.data.invoice_ids.0"),
    (json.dumps(invoices_changed(["a"] * 1001)).encode(), "body.data.invoice_ids"),
]


class TestRefused:
    def test_rubbish_in_the_headers(self, send, requests):
        for headers, words in RUBBISH:
            answer = send(webhook_id="msg_1", headers=headers)
            assert code_of(answer) == (401, "webhook-refused"), headers
            assert words in answer.json()["detail"], headers
        assert requests() == []

    def test_another_version_of_the_scheme(self, send):
        signature = signed_webhook(SECRET, invoices_changed()).headers["webhook-signature"]
        assert send(headers={"webhook-signature": signature.replace("v1,", "v2,")}).status_code == 401
        assert send(headers={"webhook-signature": signature.replace("v1,", "v1a,")}).status_code == 401

    def test_a_header_that_is_there_twice(self, taking):
        webhook = signed_webhook(SECRET, invoices_changed())
        twice = [*webhook.headers.items(), ("webhook-id", "msg_2")]
        answer = taking.post(PATH, content=webhook.content, headers=twice)
        assert code_of(answer) == (401, "webhook-refused")
        assert "more than once" in answer.json()["detail"]

    @pytest.mark.parametrize(("seconds", "words"), [(-310, "ago"), (310, "ahead")])
    def test_one_that_is_stale_or_from_the_future(self, send, requests, seconds, words):
        answer = send(at=datetime.now(UTC) + timedelta(seconds=seconds))
        assert code_of(answer) == (401, "webhook-refused")
        assert f"5 minutes {words}" in answer.json()["detail"]
        assert requests() == []

    @pytest.mark.parametrize("seconds", [-290, 290])
    def test_clocks_may_differ_by_five_minutes(self, send, seconds):
        assert send(at=datetime.now(UTC) + timedelta(seconds=seconds)).status_code == 202

    def test_an_altered_body(self, send, requests):
        body = json.dumps(invoices_changed(["A1"])).encode()
        assert send(body, content=body.replace(b"A1", b"A2")).status_code == 401
        assert send(body, content=body + b" ").status_code == 401
        assert send(body, content=b"").status_code == 401
        assert requests() == []

    def test_a_body_that_is_not_utf8(self, send):
        assert code_of(send(b"{}", content=b"\xff\xfe")) == (401, "webhook-refused")

    def test_a_foreign_secret(self, send):
        assert code_of(send(secret=OTHER_SECRET)) == (401, "webhook-refused")

    def test_is_a_security_event_once_a_minute(self, send, ledger):
        for _ in range(3):
            send(secret=OTHER_SECRET, headers={"X-Request-ID": "erp-7"})
        with ledger.reading() as connection:
            (event,) = connection.execute(text("SELECT * FROM security_event")).all()
        assert (event.kind, event.address, event.actor) == ("webhook_refused", "127.0.0.1", None)
        assert event.details == {
            "why": "No `v1` signature fits the id, the timestamp and the bytes of the body."
        }

    def test_no_secret_of_ours_is_named(self, send):
        answer = send(secret=OTHER_SECRET)
        assert "whsec" not in answer.text
        assert SECRET.removeprefix("whsec_") not in answer.text

    def test_a_body_that_is_huge(self, send):
        assert code_of(send(b" " * (256 * 1024 + 1))) in {
            (413, "webhook-too-large"),
            (413, "payload-too-large"),
        }
        most = b'{"type": "invoices.changed"}'.ljust(256 * 1024)
        assert send(most).status_code == 202

    def test_a_body_that_is_huge_and_does_not_say_so(self, taking):
        def pieces():
            for _ in range(100):
                yield b" " * 8192

        headers = signed_webhook(SECRET, b"").headers
        answer = taking.post(PATH, content=pieces(), headers=headers)
        assert answer.status_code == 413

    def test_what_is_signed_and_yet_not_usable_is_named(self, send, requests):
        for body, field in UNUSABLE:
            answer = send(body)
            assert code_of(answer) == (422, "invalid-request"), body[:80]
            assert answer.json()["error"]["details"][0]["field"] == field, body[:80]
        assert requests() == []

    def test_nothing_is_taken_without_a_secret(self, facade, requests):
        webhook = signed_webhook(SECRET, invoices_changed())
        answer = facade.post(PATH, content=webhook.content, headers=webhook.headers)
        assert code_of(answer) == (404, "webhooks-off")
        assert requests() == []
