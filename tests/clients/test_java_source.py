"""The Java backend as a source, over real sockets: good pages, bad pages, and everything in between."""

import base64
import gzip
import json
import pickle
import traceback
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.errors import CursorExpired, OutsideError, SourceRefused, SourceUnavailable
from clients.java_backend import JavaBackend
from clients.limits import PageLimits
from clients.transport import Budget
from invoices.findings import Finding, PolicyClass, Severity
from invoices.source import Acknowledgement, Direction, Page

TOKEN = "Tk-" + "s3cr3t" * 12
SMALL = PageLimits(records=16, page_bytes=4000, document_bytes=3000)


def item(name, **changed):
    good = {
        "id": name,
        "version": 1,
        "direction": "PURCHASE",
        "companyNumber": "0123456749",
        "number": f"N-{name}",
        "updatedAt": "2026-03-14T09:26:53Z",
        "ublUrl": f"/api/v1/invoices/{name}/ubl",
        "ubl": base64.b64encode(f"<{name}/>".encode()).decode(),
    }
    return {**good, **changed}


def page(*items, more=False, following="c1"):
    return {"items": list(items), "next": following, "hasMore": more}


@pytest.fixture
def backend():
    made = []

    def make(url, **options):
        made.append(JavaBackend(url, TOKEN, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def rejections(answer):
    return [(each.source_id, each.finding.code, each.retryable) for each in answer.rejected]


def refusal_of(function, *arguments):
    with pytest.raises(OutsideError) as error:
        function(*arguments)
    chain = [error.value]
    while chain[-1].__context__ is not None:
        chain.append(chain[-1].__context__)
    assert not any(type(each).__module__.startswith(("httpx", "httpcore")) for each in chain)
    assert TOKEN not in repr(pickle.dumps(error.value))
    assert TOKEN not in "".join(traceback.format_exception(error.value))
    return error.value


def test_a_page_brings_its_records_in_order_with_their_documents(serve, backend):
    server = serve(serve.json(page(item("a"), item("b"), item("a"), more=True, following="c2")))
    answer = backend(server.url).page(None)
    assert [(record.source_id, record.document) for record in answer.records] == [
        ("a", b"<a/>"),
        ("b", b"<b/>"),
        ("a", b"<a/>"),
    ]
    assert (answer.records[0].direction, answer.records[0].number) == (Direction.PURCHASE, "N-a")
    assert (answer.next_cursor, answer.has_more, answer.rejected) == ("c2", True, ())


def test_a_page_is_asked_for_as_the_contract_says(serve, backend):
    server = serve(serve.json(page()))
    source = backend(server.url + "/erp/", limits=PageLimits(records=7), request_id="run-1")
    source.page(None)
    source.page("c+/=&é 1")
    first, second = server.received
    assert (first.path, first.query) == ("/erp/api/v1/invoices", {"size": "7", "include": "ubl"})
    assert second.query["cursor"] == "c+/=&é 1"
    assert first.headers["authorization"] == f"Bearer {TOKEN}"
    assert first.headers["x-request-id"] == second.headers["x-request-id"] == "run-1"


def test_an_empty_page_is_a_page(serve, backend):
    assert backend(serve(serve.json(page())).url).page("c0") == Page((), (), "c1", has_more=False)


def test_a_gzipped_page_is_read(serve, backend):
    server = serve(serve.gzipped(json.dumps(page(item("a"))).encode()))
    assert len(backend(server.url).page(None).records) == 1


def test_a_400_on_a_cursor_means_start_again(serve, backend):
    assert isinstance(refusal_of(backend(serve(serve.reply(400)).url).page, "old"), CursorExpired)


@pytest.mark.parametrize("cursor", ["x" * 513, "a\0b", "\ud800"])
def test_a_cursor_that_no_source_gave_means_start_again(serve, backend, cursor):
    server = serve(serve.json(page()))
    assert isinstance(refusal_of(backend(server.url).page, cursor), CursorExpired)
    assert server.received == []


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 410, 422])
def test_a_source_that_says_no_has_refused(serve, backend, status):
    assert isinstance(refusal_of(backend(serve(serve.reply(status)).url).page, None), SourceRefused)


@pytest.mark.parametrize("status", [202, 204, 408, 429, 500, 502, 503, 504])
def test_a_source_that_cannot_now_is_unavailable_and_may_say_for_how_long(serve, backend, status):
    error = refusal_of(backend(serve(serve.reply(status, Retry_After="9")).url).page, None)
    assert isinstance(error, SourceUnavailable)
    assert error.retry_after == 9


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[1, 2",
        b"[" * 5000,
        b"null",
        b"[]",
        b"{}",
        b'{"items": {}, "next": "c", "hasMore": true}',
        b'{"items": [], "hasMore": true}',
        b'{"items": [], "next": null, "hasMore": false}',
        b'{"items": [], "next": 7, "hasMore": false}',
        b'{"items": [], "next": "c", "hasMore": "yes"}',
        b'{"items": [], "next": "a\\u0000", "hasMore": false}',
        b'{"items": [], "next": "' + b"c" * 513 + b'", "hasMore": false}',
    ],
)
def test_an_answer_that_is_no_page_makes_the_source_unavailable(serve, backend, body):
    assert isinstance(refusal_of(backend(serve(serve.reply(200, body)).url).page, None), SourceUnavailable)


@pytest.mark.parametrize("fault", ["drop", "silence", "cut gzip", "other coding"])
def test_a_broken_answer_makes_the_source_unavailable(serve, backend, fault):
    acts = {
        "drop": serve.drop,
        "silence": serve.silence,
        "cut gzip": serve.gzipped(json.dumps(page()).encode(), cut=-5),
        "other coding": serve.reply(200, b"x", Content_Encoding="br"),
    }
    source = backend(serve(lambda _: acts[fault]).url, budget=Budget(read=0.3))
    assert isinstance(refusal_of(source.page, None), SourceUnavailable)


def test_a_source_that_is_not_there_is_unavailable(refused_url, backend):
    assert isinstance(refusal_of(backend(refused_url).page, None), SourceUnavailable)


def test_bad_records_do_not_stop_the_others(serve, backend):
    bad = [item("v", version=0), 7, item("n", number="a\0"), item("c", companyNumber="0123456748")]
    server = serve(serve.json(page(item("a"), *bad, item("z"))))
    answer = backend(server.url).page(None)
    assert [record.source_id for record in answer.records] == ["a", "z"]
    assert rejections(answer) == [
        ("v", "WB-RECORD-FIELD", False),
        (None, "WB-RECORD-FIELD", False),
        ("n", "WB-RECORD-FIELD", False),
        ("c", "WB-RECORD-FIELD", False),
    ]


def test_bytes_that_are_not_utf_8_and_absurd_numbers_spoil_their_own_record_only(serve, backend):
    body = json.dumps(page(item("a"), item("b", number="@"), item("c", version=77)))
    raw = body.encode().replace(b'"@"', b'"\xff\xfe"').replace(b"77", b"9" * 6000)
    answer = backend(serve(serve.reply(200, b"\xef\xbb\xbf" + raw)).url).page(None)
    assert [record.source_id for record in answer.records] == ["a"]
    assert [code for _, code, _ in rejections(answer)] == ["WB-RECORD-FIELD"] * 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda changes: item("x", **changes),
            st.dictionaries(
                st.sampled_from(sorted(item("x"))),
                st.none() | st.integers() | st.floats() | st.text(st.characters()) | st.lists(st.text()),
            ),
        )
        | st.none(),
        max_size=5,
    )
)
def test_whatever_a_page_holds_every_item_comes_out_as_a_record_or_a_rejection(serve, backend, items):
    server = serve(lambda request: serve.json(page(*items)) if "size" in request.query else serve.reply(404))
    answer = backend(server.url).page(None)
    assert len(answer.records) + len(answer.rejected) == len(items)


class TestDocumentsByUrl:
    """Where a page carries no document, or none that can be read."""

    @staticmethod
    def serving(serve, items, document):
        return serve(
            lambda request: document(request) if "size" not in request.query else serve.json(page(*items))
        )

    @pytest.mark.parametrize("ubl", [None, "?!", 7])
    def test_the_url_is_followed_with_the_token_and_the_prefix_is_not_put_before_it(
        self, serve, backend, ubl
    ):
        items = [item("a", ubl=ubl, ublUrl="/docs/a?version=2"), item("b")]
        server = self.serving(serve, items, lambda _: serve.gzipped(b"<by-url/>"))
        answer = backend(server.url + "/erp").page(None)
        assert [record.document for record in answer.records] == [b"<by-url/>", b"<b/>"]
        assert server.received[1].target == "/docs/a?version=2"
        assert server.received[1].headers["authorization"] == f"Bearer {TOKEN}"

    def test_an_absolute_url_on_the_same_origin_is_followed(self, serve, backend):
        items = []
        server = self.serving(serve, items, lambda _: serve.reply(200, b"<abs/>"))
        items.append(item("a", ubl=None, ublUrl=f"{server.url}/docs/a"))
        assert backend(server.url).page(None).records[0].document == b"<abs/>"

    def test_a_source_that_ignores_include_is_asked_for_every_document_and_their_order_is_kept(
        self, serve, backend
    ):
        items = [item(f"i{n}", ubl=None) for n in range(20)]
        server = self.serving(serve, items, lambda request: serve.reply(200, request.path.encode()))
        answer = backend(server.url).page(None)
        assert [record.document.decode() for record in answer.records] == [each["ublUrl"] for each in items]

    def test_an_empty_document_is_a_document(self, serve, backend):
        server = self.serving(serve, [item("a", ubl=None), item("b", ubl="")], lambda _: serve.reply(200))
        assert [record.document for record in backend(server.url).page(None).records] == [b"", b""]

    def test_the_token_never_goes_to_another_origin(self, serve, backend):
        evil = serve(serve.reply(200, b"<evil/>"))
        port = evil.port
        urls = [
            f"{evil.url}/x",
            f"//127.0.0.1:{port}/x",
            f"/\\127.0.0.1:{port}/x",
            f"http://a@127.0.0.1:{port}/x",
        ]
        items = [item(f"i{n}", ubl=None, ublUrl=url) for n, url in enumerate(urls)]
        server = self.serving(serve, items, lambda _: serve.reply(200, b"<home/>"))
        answer = backend(server.url).page(None)
        assert [code for _, code, _ in rejections(answer)] == ["WB-RECORD-ORIGIN"] * len(urls)
        assert evil.received == []
        assert len(server.received) == 1

    def test_a_redirect_of_a_document_is_not_followed(self, serve, backend):
        evil = serve(serve.reply(200, b"<evil/>"))
        server = self.serving(serve, [item("a", ubl=None)], lambda _: serve.reply(302, Location=evil.url))
        assert rejections(backend(server.url).page(None)) == [("a", "WB-RECORD-DOCUMENT", True)]
        assert evil.received == []

    def test_a_document_that_is_not_there_may_come_later(self, serve, backend):
        server = self.serving(serve, [item("a", ubl=None), item("b")], lambda _: serve.reply(404))
        answer = backend(server.url).page(None)
        assert rejections(answer) == [("a", "WB-RECORD-DOCUMENT", True)]
        assert len(answer.records) == 1
        assert len(server.received) == 2

    @pytest.mark.parametrize("url", [None, "", 7])
    def test_a_record_with_neither_document_nor_url_may_get_one_later(self, serve, backend, url):
        server = serve(serve.json(page(item("a", ubl=None, ublUrl=url))))
        assert rejections(backend(server.url).page(None)) == [("a", "WB-RECORD-DOCUMENT", True)]

    def test_a_document_in_the_page_needs_no_url(self, serve, backend):
        server = serve(serve.json(page(item("a", ublUrl="https://elsewhere.example/a"))))
        assert len(backend(server.url).page(None).records) == 1

    @pytest.mark.parametrize("fault", ["500", "drop", "cut gzip"])
    def test_a_document_is_asked_for_a_few_times(self, serve, backend, fault):
        acts = {"500": serve.reply(500), "drop": serve.drop, "cut gzip": serve.gzipped(b"<a/>", cut=-3)}
        server = self.serving(serve, [item("a", ubl=None), item("b")], lambda _: acts[fault])
        answer = backend(server.url).page(None)
        assert rejections(answer) == [("a", "WB-RECORD-DOCUMENT", True)]
        assert len(server.received) == 1 + 3

    def test_a_document_that_comes_at_the_second_try_is_taken(self, serve, backend):
        answers = iter([serve.reply(503), serve.reply(200, b"<a/>")])
        server = self.serving(serve, [item("a", ubl=None)], lambda _: next(answers))
        assert backend(server.url).page(None).records[0].document == b"<a/>"

    def test_a_document_over_the_cap_is_rejected_alone(self, serve, backend):
        server = self.serving(
            serve, [item("a", ubl=None), item("b")], lambda _: serve.reply(200, bytes(3001))
        )
        answer = backend(server.url, limits=SMALL).page(None)
        assert rejections(answer) == [("a", "WB-RECORD-SIZE", False)]
        assert len(answer.records) == 1

    @pytest.mark.parametrize(
        ("status", "kind"), [(401, SourceRefused), (403, SourceRefused), (429, SourceUnavailable)]
    )
    def test_what_is_wrong_with_the_server_as_a_whole_ends_the_page(self, serve, backend, status, kind):
        server = self.serving(serve, [item("a", ubl=None)], lambda _: serve.reply(status))
        assert isinstance(refusal_of(backend(server.url).page, None), kind)

    def test_a_server_that_goes_away_ends_the_page(self, serve, backend):
        def go_away(_):
            server.stop_listening()
            return serve.then_drop(serve.json(page(item("a", ubl=None)), Connection="close"))

        server = serve(go_away)
        error = refusal_of(backend(server.url).page, None)
        assert isinstance(error, SourceUnavailable)
        assert "/a/ubl: could not connect" in str(error)


class TestPagesBoundedByBytes:
    """A backend of many records, each with a document of its own size."""

    @staticmethod
    def feed(serve, documents, *, inline=True):
        def answer(request):
            if not request.path.endswith("/invoices"):
                return serve.reply(200, documents[int(request.path.split("/")[-2])])
            start, size = int(request.query.get("cursor", 0)), int(request.query["size"])
            chosen = range(start, min(start + size, len(documents)))
            with_ubl = inline and "include" in request.query
            items = [
                item(str(n), ubl=base64.b64encode(documents[n]).decode() if with_ubl else None)
                for n in chosen
            ]
            end = start + size
            return serve.json(page(*items, more=end < len(documents), following=str(end)))

        return serve(answer)

    @staticmethod
    def read_all(source):
        cursor, pages = None, []
        while not pages or pages[-1].has_more:
            pages.append(source.page(cursor))
            cursor = pages[-1].next_cursor
        return pages

    @pytest.mark.parametrize("inline", [True, False])
    def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones_until_all_is_read(
        self, serve, backend, inline
    ):
        documents = [bytes([65 + n % 26]) * 600 for n in range(40)]
        server = self.feed(serve, documents, inline=inline)
        pages = self.read_all(backend(server.url, limits=SMALL))
        assert [record.document for each in pages for record in each.records] == documents
        assert max(sum(len(record.document) for record in each.records) for each in pages) <= SMALL.page_bytes

    def test_the_smaller_size_is_remembered_and_grows_again_when_there_is_room(self, serve, backend):
        documents = [b"x" * 600] * 12 + [b"y"] * 20
        server = self.feed(serve, documents)
        self.read_all(backend(server.url, limits=SMALL))
        sizes = [int(request.query["size"]) for request in server.received]
        assert sizes[:3] == [16, 4, 4]
        assert sizes[-1] == 16

    def test_a_huge_document_in_one_record_is_rejected_alone(self, serve, backend):
        documents = [b"a", b"b", b"c" * 50_000, b"d"]
        server = self.feed(serve, documents)
        pages = self.read_all(backend(server.url, limits=SMALL))
        assert [record.source_id for each in pages for record in each.records] == ["0", "1", "3"]
        assert [code for each in pages for code in rejections(each)] == [("2", "WB-RECORD-SIZE", False)]

    def test_a_page_whose_single_record_is_too_large_even_without_its_document_is_an_error(
        self, serve, backend
    ):
        server = serve(serve.json(page(item("a", number="x" * 5000))))
        error = refusal_of(backend(server.url, limits=SMALL).page, None)
        assert isinstance(error, SourceUnavailable)
        assert "4,000 bytes for a single record" in str(error)


class TestOneRecord:
    def test_a_record_is_read_with_the_document_at_its_url(self, serve, backend):
        record = {name: value for name, value in item("a").items() if name != "ubl"}
        server = serve(
            lambda request: serve.reply(200, b"<a/>") if request.path.endswith("ubl") else serve.json(record)
        )
        found = backend(server.url + "/erp").record("a")
        assert (found.source_id, found.document) == ("a", b"<a/>")
        assert server.received[0].target == "/erp/api/v1/invoices/a"

    def test_a_record_that_the_source_does_not_know_is_none(self, serve, backend):
        assert backend(serve(serve.reply(404)).url).record("a") is None

    def test_a_bad_record_is_rejected(self, serve, backend):
        assert (
            backend(serve(serve.json(item("a", version=0))).url).record("a").finding.code == "WB-RECORD-FIELD"
        )

    def test_a_record_that_is_too_large_is_rejected(self, serve, backend):
        found = backend(serve(serve.reply(200, bytes(5000))).url, limits=SMALL).record("a")
        assert (found.source_id, found.finding.code) == ("a", "WB-RECORD-SIZE")

    @pytest.mark.parametrize("source_id", ["", "x" * 129, "a\nb", "\ud800"])
    def test_what_cannot_be_an_id_is_not_asked_for(self, serve, backend, source_id):
        server = serve(serve.json(item("a")))
        assert backend(server.url).record(source_id) is None
        assert server.received == []

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
    @given(st.sampled_from([".", "..", "a/../b", "a?b#c%2F", "é"]) | st.text(min_size=1, max_size=40))
    def test_whatever_the_id_it_stays_one_segment_of_the_path(self, serve, backend, source_id):
        server = serve(serve.reply(404))
        backend(server.url).record(source_id)
        for request in server.received:
            *above, segment = request.target.split("/")
            assert above == ["", "api", "v1", "invoices"]
            assert segment not in {"", ".", ".."}
            assert unquote(segment) == source_id


class TestAcknowledgements:
    FINDING = Finding(
        "BR-CO-15", Severity.FATAL, PolicyClass.MONEY, "It does not add up.", location="/Invoice"
    )
    FAILED = Acknowledgement(
        "a/b", 2, "failed", None, (FINDING, Finding("X", Severity.WARNING, PolicyClass.FORM, "Y"))
    )

    def test_an_acknowledgement_is_told_as_the_contract_says(self, serve, backend):
        server = serve(serve.reply(204))
        backend(server.url + "/erp").acknowledge(self.FAILED)
        [request] = server.received
        assert (request.method, request.target) == ("POST", "/erp/api/v1/invoices/a%2Fb/status")
        assert request.headers["content-type"] == "application/json"
        assert request.json == {
            "status": "failed",
            "version": 2,
            "receipt": None,
            "findings": [
                {"code": "BR-CO-15", "message": "It does not add up.", "location": "/Invoice"},
                {"code": "X", "message": "Y"},
            ],
        }

    def test_a_source_that_takes_none_is_left_in_peace(self, serve, backend):
        backend(serve(serve.reply(404)).url).acknowledge(self.FAILED)

    @pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
    def test_any_other_answer_means_that_it_was_not_noted(self, serve, backend, status):
        error = refusal_of(backend(serve(serve.reply(status)).url).acknowledge, self.FAILED)
        assert isinstance(error, SourceUnavailable)

    def test_a_lost_connection_means_that_it_was_not_noted(self, serve, backend):
        error = refusal_of(backend(serve(lambda _: serve.drop).url).acknowledge, self.FAILED)
        assert isinstance(error, SourceUnavailable)

    def test_that_a_page_is_stored_is_not_told(self, serve, backend):
        server = serve(serve.reply(500))
        backend(server.url).stored(Page((), (), None, has_more=False))
        assert server.received == []


class TestHealth:
    def test_a_source_that_is_up_says_so_without_seeing_the_token(self, serve, backend):
        server = serve(serve.reply(200, b"up"))
        assert backend(server.url + "/erp").health() > 0
        assert server.received[0].target == "/erp/api/v1/health"
        assert "authorization" not in server.received[0].headers

    @pytest.mark.parametrize(("status", "kind"), [(503, SourceUnavailable), (404, SourceRefused)])
    def test_a_source_that_is_not_up_raises(self, serve, backend, status, kind):
        assert isinstance(refusal_of(backend(serve(serve.reply(status)).url).health), kind)

    def test_a_health_answer_without_end_is_not_read(self, serve, backend):
        server = serve(serve.reply(200, gzip.compress(bytes(10**6)), Content_Encoding="gzip"))
        assert isinstance(refusal_of(backend(server.url).health), SourceUnavailable)


@pytest.mark.parametrize("url", ["", "erp", "http://user:hush@h", "http://h?hush=1"])
def test_an_address_that_cannot_be_used_is_refused_at_once(url):
    with pytest.raises(SourceRefused) as error:
        JavaBackend(url, TOKEN)
    assert "hush" not in str(error.value)


def test_a_token_that_cannot_be_used_is_refused_at_once():
    with pytest.raises(SourceRefused) as error:
        JavaBackend("http://h", "hush\n")
    assert "hush" not in str(error.value)


def test_nothing_logged_or_shown_holds_the_token_or_the_cursor(serve, backend, everything_logged):
    source = backend(serve(serve.json(page(item("a", ubl=None)))).url)
    source.page("c-hush")
    assert TOKEN not in everything_logged.text + repr(source)
    assert "c-hush" not in everything_logged.text + repr(source)
