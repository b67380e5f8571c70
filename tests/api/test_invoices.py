from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from api.envelope import Success
from api.invoice_models import InvoicePage
from db.decisions import Decision
from invoices.company import Identifier
from invoices.lifecycle import NEEDS_PERSON, State
from invoices.party import Party
from tests.api.surroundings import arranging
from tests.db.conftest import COMPANY, OTHER_COMPANY

LIST = "/api/v1/invoices"


@pytest.fixture
def arrange(ledger):
    with arranging(ledger) as arrange:
        yield arrange


def page(client, path=LIST, **query):
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return Success[InvoicePage].model_validate_json(answer.text).data


def ids(client, path=LIST, **query):
    return [each.id for each in page(client, path, **query).items]


def every_page(client, path=LIST, **query):
    found, cursor = [], {}
    while True:
        one = page(client, path, **query, **cursor)
        assert one.count == len(one.items)
        found += [each.id for each in one.items]
        if one.next_cursor is None:
            return found
        cursor = {"cursor": one.next_cursor}


def test_an_item_says_what_people_and_programs_need(arrange, as_user):
    blocker, invoice_id = arrange.twins()
    (item,) = page(as_user, state="duplicate").items
    row = arrange.row(invoice_id)
    assert item.model_dump(exclude={"created_at", "updated_at", "reason", "document_sha256"}) == {
        "id": invoice_id,
        "source": "java-backend",
        "source_id": row.source_id,
        "version": 1,
        "number": row.number,
        "company_number": COMPANY,
        "direction": "PURCHASE",
        "type": "380",
        "state": "duplicate",
        "status": "duplicate",
        "verdict": "valid",
        "blocked_by": blocker,
        "receipt": None,
        "issue_date": date(2026, 3, 14),
        "currency": "EUR",
        "amount": str(row.payable_amount),
        "supplier": {"name": "Leverancier", "number": "0403019261"},
        "findings_count": 0,
        "needs_person": False,
    }
    assert item.updated_at == row.updated_at
    assert item.reason == row.reason


def test_an_invoice_that_was_not_read_yet_is_listed_by_what_its_source_says(arrange, as_user):
    arrange.arrive(arrange.record(number="F-7"))
    (item,) = page(as_user).items
    assert (item.number, item.amount, item.issue_date, item.verdict) == ("F-7", None, None, None)
    assert item.supplier.model_dump() == {"name": None, "number": None}


def test_lists_filter_by_each_state(arrange, as_user):
    made = {state: arrange.in_state(state) for state in State}
    for state, invoice_id in made.items():
        shown = page(as_user, state=state.value).items
        assert invoice_id in {each.id for each in shown}
        assert {each.state for each in shown} == {state}


def test_states_may_be_several_and_are_narrowed_by_status_and_by_who_is_needed(arrange, as_user):
    made = {
        state: arrange.in_state(state) for state in (State.FAILED, State.INVALID, State.READY, State.HELD)
    }
    assert set(ids(as_user, state=["failed", "held"])) == {made[State.FAILED], made[State.HELD]}
    assert set(ids(as_user, status="failed")) == {made[State.FAILED], made[State.INVALID]}
    assert set(ids(as_user, status="failed", state=["failed", "held"])) == {made[State.FAILED]}
    assert set(ids(as_user, status="pending")) == {made[State.READY]}
    needing = {invoice_id for state, invoice_id in made.items() if state in NEEDS_PERSON}
    assert set(ids(as_user, needs_person=True)) == needing
    assert set(ids(as_user, needs_person=False)) == {made[State.READY]}
    assert ids(as_user, needs_person=True, state="ready") == []


def supplied(arrange, name, enterprise_number=None, **fields):
    legal_ids = (Identifier(enterprise_number, "0208"),) if enterprise_number else ()
    seller = Party(name=name, legal_ids=legal_ids)
    return arrange.deduped(facts=arrange.facts(seller=seller, issuer_key=name, **fields))


def test_lists_filter_by_what_an_invoice_says(arrange, as_user):
    sale = arrange.deduped(
        direction="SALE", company_number=OTHER_COMPANY, facts=arrange.facts(currency="USD")
    )
    early = arrange.deduped(
        facts=arrange.facts("A/1", issue_date=date(2026, 2, 1), payable_amount=Decimal("10.10"))
    )
    late = arrange.deduped(
        facts=arrange.facts("A/2", issue_date=date(2026, 5, 1), payable_amount=Decimal("10.105"))
    )
    unread = arrange.in_state(State.RECEIVED)
    assert ids(as_user, company=OTHER_COMPANY) == ids(as_user, direction="SALE") == [sale]
    assert ids(as_user, currency="USD") == [sale]
    assert ids(as_user, number="A/1") == [early]
    assert ids(as_user, number="A") == []
    for sort in ("received", "issued", "-amount"):
        assert set(ids(as_user, issued_from="2026-03-01", sort=sort)) == {sale, late}
        assert ids(as_user, issued_until="2026-02-01", sort=sort) == [early]
        assert ids(as_user, issued_from="2026-02-01", issued_until="2026-02-28", sort=sort) == [early]
        assert ids(as_user, amount_max="10.10", sort=sort) == [early]
        assert ids(as_user, amount_min="10.101", amount_max="10.2", sort=sort) == [late]
    assert unread in ids(as_user)


def test_lists_filter_by_supplier_and_by_words(arrange, as_user):
    peeters = supplied(arrange, "Drukkerij Péeters & Zoon BV", "0403019261", number="2026/A-17")
    janssens = supplied(arrange, "Bakkerij Janssens", number="2026/A-18")
    for words in ("peeters", "PÉETERS drukk", "0403.019.261", "BE0403019261", "0403019261", "zoon bv"):
        assert ids(as_user, supplier=words) == [peeters], words
    assert set(ids(as_user, supplier="kerij")) == set()
    assert ids(as_user, supplier="A17") == []
    for words in ("2026/A-17", "2026A17", "a-17 peeters", "0403 019 261"):
        assert ids(as_user, text=words) == [peeters], words
    assert set(ids(as_user, text="2026")) == {peeters, janssens}
    assert ids(as_user, text="2026", supplier="bakkerij") == [janssens]
    assert ids(as_user, text="/-/") == []
    row = arrange.row(janssens)
    assert ids(as_user, text=row.source_id) == ids(as_user, text=str(janssens)) == [janssens]
    arrange.sent_on(janssens, "accepted")
    assert ids(as_user, text=arrange.row(janssens).receipt) == [janssens]


def test_what_is_typed_is_never_taken_for_a_query(arrange, as_user):
    invoice_id = supplied(arrange, "O'Brien | !& <-> \\ Ltd:*")
    for words in ("o'brien", "' | 'x':*", "a & !b", "\\", "):*", "%", "';--", "<->"):
        assert as_user.get(LIST, params={"text": words, "supplier": words}).status_code == 200, words
    assert ids(as_user, supplier="O'Brien") == [invoice_id]


def test_many_matches_are_all_found(arrange, as_user, monkeypatch):
    monkeypatch.setattr("db.search.MOST_FOUND", 2)
    several = {supplied(arrange, f"Peeters {serial}") for serial in "abcd"}
    supplied(arrange, "Janssens")
    assert set(every_page(as_user, supplier="peeters", limit=3)) == several


def test_lists_filter_by_the_job_that_touched_them(arrange, as_user, owner):
    named, other = arrange.in_state(State.SENT), arrange.in_state(State.SENT)
    run_id, request_id = uuid4(), uuid4()
    arrange.run(
        "INSERT INTO job (id, flow_run_id, run_count, flow, requested_by, parameters)"
        " VALUES (:id, :id, 1, 'process-invoices', 'an', '{}')",
        id=run_id,
    )
    arrange.run(
        "INSERT INTO job_invoice (job_id, invoice_id) SELECT :job, unnest(CAST(:ids AS uuid[]))",
        job=run_id,
        ids=[named, other],
    )
    arrange.run(
        "INSERT INTO run_request (id, requested_by, correlation_id, invoice_ids, job_id)"
        " VALUES (:id, 'an', 'c', :named, :job)",
        id=request_id,
        named=[named],
        job=run_id,
    )
    arrange.in_state(State.SENT)
    assert set(ids(as_user, job=run_id)) == {named, other}
    assert ids(as_user, job=request_id) == [named]
    assert ids(as_user, job=uuid4()) == []


SORTS = {
    "received": lambda row: row.arrival,
    "updated": lambda row: (row.updated_at, row.arrival),
    "issued": lambda row: (row.issue_date or date.min, row.arrival),
    "amount": lambda row: (row.payable_amount is not None, row.payable_amount or 0, row.arrival),
    "number": lambda row: (row.number or "", row.arrival),
}


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("companies", [None, [COMPANY], [COMPANY, OTHER_COMPANY]], ids=["all", "one", "two"])
def test_pages_in_every_order_show_each_invoice_once(arrange, caller, sort, companies):
    for serial in range(4):
        arrange.in_state(State.RECEIVED)
        arrange.in_state(State.HELD)
        arrange.deduped(company_number=OTHER_COMPANY, facts=arrange.facts(payable_amount=Decimal("7.00")))
        arrange.checked(
            facts=arrange.facts(issue_date=date(2026, 3, 1 + serial % 2), payable_amount=Decimal("7.0"))
        )
    client = caller("user", companies)
    rows = [
        row
        for row in arrange.all("SELECT * FROM invoice")
        if companies is None or row.company_number in companies
    ]
    expected = [row.id for row in sorted(rows, key=SORTS[sort])]
    for limit in (1, 3, 100):
        assert every_page(client, sort=sort, limit=limit) == expected
        assert every_page(client, sort=f"-{sort}", limit=limit) == expected[::-1]
    some = {row.id for row in rows if row.state in {"held", "received"}}
    expected = [each for each in expected if each in some]
    assert every_page(client, sort=sort, limit=3, state=["held", "received"]) == expected


def test_pages_go_on_where_they_ended_while_others_arrive(arrange, as_user):
    before = [arrange.in_state(State.RECEIVED) for _ in range(5)]
    first = page(as_user, limit=2)
    arrange.in_state(State.RECEIVED)
    rest = page(as_user, limit=100, cursor=first.next_cursor)
    assert [each.id for each in (*first.items, *rest.items)] == before[::-1]


def test_the_history_shows_what_something_happened_to_last(arrange, as_user):
    held, sent = arrange.in_state(State.HELD), arrange.in_state(State.SENT)
    assert ids(as_user, f"{LIST}/history") == [sent, held]
    arrange.decide(held, Decision.DISMISS)
    assert ids(as_user, f"{LIST}/history") == [held, sent]
    assert ids(as_user, f"{LIST}/history", status="sent") == [sent]


def test_a_limited_caller_lists_the_invoices_of_its_companies_alone(arrange, caller):
    own = arrange.deduped("A/1")
    other = arrange.deduped("A/1", company_number=OTHER_COMPANY)
    client, both = caller("user", [COMPANY]), caller("user", [COMPANY, OTHER_COMPANY])
    everything = {
        "sort": "amount", "number": "A/1", "text": "A/1", "supplier": "lever", "state": "ready", "amount_min": "1",
        "issued_from": "2026-01-01",
    }  # fmt: skip
    for name, value in [("limit", 5), *everything.items()]:
        assert ids(client, **{name: value}) == [own]
        assert set(ids(both, **{name: value})) == {own, other}
    assert ids(client, company=OTHER_COMPANY) == []
    assert ids(both, company=OTHER_COMPANY) == [other]
    assert ids(client, text=str(other)) == ids(client, text=arrange.row(other).source_id) == []


def test_what_stands_in_the_way_is_told_where_it_may_be_seen(arrange, caller, as_user, owner):
    first = arrange.in_state(State.SENT)
    second = arrange.deduped(company_number=OTHER_COMPANY, findings=[arrange.finding("money")])
    arrange.run("UPDATE invoice SET blocked_by = :first WHERE id = :id", first=first, id=second)
    assert page(as_user, state="held").items[0].blocked_by == first
    assert page(caller("user", [OTHER_COMPANY]), state="held").items[0].blocked_by is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "lost"}, "query.state.0"),
        ({"status": "ready"}, "query.status.0"),
        ({"limit": 0}, "query.limit"),
        ({"limit": 101}, "query.limit"),
        ({"sort": "company_number"}, "query.sort"),
        ({"sort": "amount; DROP TABLE invoice"}, "query.sort"),
        ({"company": "123"}, "query.company"),
        ({"direction": "both"}, "query.direction"),
        ({"currency": "euro"}, "query.currency"),
        ({"amount_min": "1e9"}, "query.amount_min"),
        ({"amount_min": "NaN"}, "query.amount_min"),
        ({"issued_from": "yesterday"}, "query.issued_from"),
        ({"job": "1"}, "query.job"),
        ({"text": ""}, "query.text"),
        ({"number": "a\0b"}, "query.number"),
        ({"text": "x" * 201}, "query.text"),
        ({"cursor": "x" * 3000}, "query.cursor"),
        ({"unknown": "1"}, "query.unknown"),
        ({"issued_from": "2026-02-02", "issued_until": "2026-02-01"}, "query"),
        ({"amount_min": "2", "amount_max": "1.99"}, "query"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(as_user, query, field):
    answer = as_user.get(LIST, params=query)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid-request"
    assert field in {each["field"] for each in answer.json()["error"]["details"]}


def test_a_list_is_not_sent_to_whom_has_it_already(arrange, as_user):
    arrange.in_state(State.RECEIVED)
    first = as_user.get(LIST)
    again = as_user.get(LIST, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert as_user.get(LIST, headers={"If-None-Match": '"x", W/"y"'}).status_code == 200
    assert as_user.get(LIST, headers={"If-None-Match": "*"}).status_code == 304
    arrange.in_state(State.RECEIVED)
    assert as_user.get(LIST, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_an_answer_has_the_envelope_and_is_for_the_caller_alone(as_user):
    answer = as_user.get(LIST)
    assert answer.json()["success"] is True
    assert answer.json()["data"] == {"items": [], "count": 0, "next_cursor": None}
    assert answer.json()["message"] == "0 invoices."
    assert "private" in answer.headers["Cache-Control"]


def test_lists_want_the_scope_to_read_invoices(caller, facade):
    for path in (LIST, f"{LIST}/history", f"{LIST}/{uuid4()}", f"{LIST}/{uuid4()}/document"):
        assert caller("service", scopes=["jobs:read"]).get(path).status_code == 403
        assert facade.get(path).status_code == 401
