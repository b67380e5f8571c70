from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from db.api_keys import hash_of, make_key
from db.decisions import Decision, DecisionRefused, Ruling, decide
from db.entrance import enter_by_key
from db.facade import FACADE_ROLE
from db.requests import RunRequest, ask_for_run
from db.waypoints import Waypoint
from invoices.lifecycle import State
from tests.db.conftest import COMPANY, OTHER_COMPANY, RULES_KEY

# Every table of the ledger, by what a caller of the facade may see of it.
OF_A_COMPANY = {
    "invoice", "attempt", "audit_event", "decision", "document", "verdict", "payload", "job_invoice",
}  # fmt: skip
OF_WHO_ASKED = {"run_request", "job"}
OF_WHO_SEES_ALL = {"rejected_record", "reconciliation", "source_position", "pace", "breaker"}
OF_NOBODY = {
    "route", "seal", "sealed_head", "unsealed", "invoice_words", "timing", "legal_hold", "erasure", "restoration",
}  # fmt: skip
OF_ADMINISTRATORS = {"account", "api_key", "security_event"}
OF_THE_ENTRANCE = {"sign_in", "refresh_token", "sign_in_throttle", "caller_seal"}
OF_WEBHOOKS = {"received_webhook", "webhook_endpoint", "webhook_message", "webhook_attempt"}
OF_NOTICES = {"trouble", "notice", "notice_delivery"}
OF_CHANNELS = {"outbox", "outbox_channel"}
OF_EVERYBODY = {"ledger", "transition", "alembic_version"}
READ = OF_A_COMPANY | OF_WHO_ASKED | OF_WHO_SEES_ALL

ITS_ROWS = {
    "invoice": "company_number = :company",
    "attempt": "company_number = :company",
    "audit_event": "invoice_id IN (SELECT id FROM invoice WHERE company_number = :company)",
    "decision": "invoice_id IN (SELECT id FROM invoice WHERE company_number = :company)",
    "job_invoice": "invoice_id IN (SELECT id FROM invoice WHERE company_number = :company)",
    "document": "id IN (SELECT document_id FROM invoice WHERE company_number = :company)",
    "verdict": "document_id IN (SELECT document_id FROM invoice WHERE company_number = :company)",
    "payload": (
        "id IN (SELECT d.payload_id FROM invoice i JOIN document d ON d.id = i.document_id"
        "       WHERE i.company_number = :company"
        "       UNION SELECT d.reason_id FROM invoice i JOIN decision d ON d.invoice_id = i.id"
        "       WHERE i.company_number = :company)"
    ),
}


@pytest.fixture
def facade_engine(database_url):
    engine = create_engine(database_url.set(username=FACADE_ROLE), pool_size=1, max_overflow=0)
    yield engine
    engine.dispose()


@pytest.fixture
def visiting(facade_engine, owner):
    """A transaction of the facade's login role, into which a key for `companies` was let in (None: all)."""

    @contextmanager
    def visit(*companies, all_companies=False):
        with owner.begin() as connection:
            _, key = make_key(connection, "a key", ["invoices:read"], None if all_companies else companies)
        with facade_engine.connect() as connection:
            connection.info["account"] = enter_by_key(connection, hash_of(key)).id
            yield connection

    return visit


@pytest.fixture
def books(arrange):
    """Two companies with invoices that have a row in every table that hangs on one."""
    return {company: company_books(arrange, company) for company in (COMPANY, OTHER_COMPANY)}


def company_books(arrange, company):
    sent = arrange.sent_on(arrange.deduped(company_number=company), "accepted")
    held = arrange.deduped(company_number=company, findings=[arrange.finding("money")])
    arrange.decide(held, Decision.RELEASE, reason=f"by {company}")
    job_id = uuid4()
    arrange.run(
        "WITH made AS (INSERT INTO job (id, flow_run_id, run_count, flow, requested_by, parameters)"
        " VALUES (:job, :job, 1, 'process', 'somebody', '{}'))"
        " INSERT INTO job_invoice (job_id, invoice_id) SELECT :job, unnest(CAST(:ids AS uuid[]))",
        job=job_id,
        ids=[sent, held],
    )
    with arrange.ledger.transaction(arrange.actor, Waypoint.DECIDED) as connection:
        raw_id = arrange_payload(connection)
        connection.execute(
            text(
                "INSERT INTO rejected_record (source, source_id, raw_id, raw_sha256, finding, retryable)"
                " VALUES ('java-backend', :id, :raw, '', '{}', false)"
            ),
            {"id": company, "raw": raw_id},
        )
    return {"sent": sent, "held": held, "job": job_id}


def arrange_payload(connection):
    return connection.execute(
        text(
            "INSERT INTO payload (content, media_type, size, sha256)"
            " VALUES ('raw', 'application/json', 3, repeat('0', 64)) RETURNING id"
        )
    ).scalar_one()


def rows(connection, table, condition="true", **parameters):
    found = connection.execute(text(f"SELECT t::text FROM {table} t WHERE {condition}"), parameters)
    return sorted(found.scalars())


def nothing(tables):
    return {table: [] for table in tables}


def test_no_table_is_without_a_decision_who_sees_it(owner):
    with owner.connect() as connection:
        secured = dict(
            connection.execute(
                text(
                    "SELECT relname, relrowsecurity FROM pg_class"
                    " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
                )
            ).all()
        )
    told = OF_WEBHOOKS | OF_CHANNELS | OF_NOTICES
    decided = READ | OF_NOBODY | OF_ADMINISTRATORS | OF_THE_ENTRANCE | told | OF_EVERYBODY
    assert set(secured) == decided
    assert {table for table, on in secured.items() if not on} == OF_EVERYBODY


def test_the_facade_may_read_and_write_what_it_shows_and_decides_alone(owner):
    with owner.connect() as connection:
        may = {
            kind: set(
                connection.execute(
                    text(
                        "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r'"
                        " AND c.relnamespace = 'public'::regnamespace"
                        f" AND has_any_column_privilege('{FACADE_ROLE}', c.oid, '{kind}')"
                    )
                ).scalars()
            )
            for kind in ("SELECT", "INSERT", "UPDATE")
        }
        may["DELETE"] = set(
            connection.execute(
                text(
                    "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r'"
                    " AND c.relnamespace = 'public'::regnamespace"
                    f" AND (has_table_privilege('{FACADE_ROLE}', c.oid, 'DELETE')"
                    f" OR has_table_privilege('{FACADE_ROLE}', c.oid, 'TRUNCATE'))"
                )
            ).scalars()
        )
    assert may["SELECT"] >= READ
    assert not may["SELECT"] & (OF_NOBODY | OF_THE_ENTRANCE)
    assert may["INSERT"] == {"payload", "decision", "run_request", "account", "api_key", "security_event"}
    assert may["UPDATE"] == {"invoice", "account", "api_key"}
    assert may["DELETE"] == set()


def test_nobody_sees_anything_before_they_are_let_in(books, facade_engine):
    with facade_engine.connect() as connection:
        assert {table: rows(connection, table) for table in READ} == nothing(READ)


def test_setting_the_companies_by_hand_opens_nothing(books, facade_engine):
    for companies in ("*", COMPANY):
        with facade_engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT set_config('waybill.companies', :companies, true),"
                    " set_config('waybill.account', :account, true)"
                ),
                {"companies": companies, "account": str(uuid4())},
            )
            assert {table: rows(connection, table) for table in READ} == nothing(READ)


def test_a_limited_caller_sees_the_rows_of_its_companies_alone(books, owner, visiting):
    with owner.connect() as connection:
        theirs = rows_of(connection, COMPANY)
        others = rows_of(connection, OTHER_COMPANY)
    assert all(theirs.values())
    assert all(others.values())
    with visiting(COMPANY) as connection:
        assert {table: rows(connection, table) for table in OF_A_COMPANY} == theirs
    with visiting(COMPANY, OTHER_COMPANY) as connection:
        both = {table: sorted({*theirs[table], *others[table]}) for table in OF_A_COMPANY}
        assert {table: rows(connection, table) for table in OF_A_COMPANY} == both
    with visiting("0000000097") as connection:
        assert {table: rows(connection, table) for table in OF_A_COMPANY} == nothing(OF_A_COMPANY)


def rows_of(connection, company):
    return {table: rows(connection, table, its, company=company) for table, its in ITS_ROWS.items()}


def test_a_limited_caller_sees_nothing_of_the_whole_ledgers_business(books, visiting):
    hidden = OF_WHO_ASKED | OF_WHO_SEES_ALL
    with visiting(COMPANY) as connection:
        assert {table: rows(connection, table) for table in hidden} == nothing(hidden)


def test_who_sees_all_companies_sees_every_row(books, owner, visiting):
    with owner.connect() as connection:
        everything = {table: rows(connection, table) for table in READ}
    with visiting(all_companies=True) as connection:
        assert {table: rows(connection, table) for table in READ} == everything


def test_an_invoice_of_no_known_company_is_for_those_who_see_all(arrange, visiting):
    (invoice_id,) = arrange.arrive(arrange.record(company_number=None, direction=None))
    with visiting(COMPANY) as connection:
        assert rows(connection, "invoice") == []
    with visiting(all_companies=True) as connection:
        assert rows(connection, "invoice", "id = :id", id=invoice_id)


def test_a_document_that_two_companies_have_is_seen_by_both(arrange, visiting):
    arrange.arrive(arrange.record(document=b"<both/>"))
    arrange.arrive(arrange.record(document=b"<both/>", company_number=OTHER_COMPANY))
    for company in (COMPANY, OTHER_COMPANY):
        with visiting(company) as connection:
            assert len(rows(connection, "invoice")) == len(rows(connection, "document")) == 1


def test_what_a_caller_saw_is_gone_in_the_next_transaction_of_the_same_connection(
    books, visiting, facade_engine
):
    with visiting(all_companies=True) as connection:
        before = connection.connection.driver_connection
        assert rows(connection, "invoice")
        connection.commit()
        assert rows(connection, "invoice") == []
    with facade_engine.connect() as connection:
        assert connection.connection.driver_connection is before
        assert rows(connection, "invoice") == []


def test_a_person_decides_about_the_invoices_of_their_companies(books, arrange, visiting):
    invoice_id = arrange.in_state(State.HELD)
    with visiting(COMPANY) as connection:
        decide(connection, invoice_id, Ruling(Decision.DISMISS, "an", State.HELD, "Not ours."))
        connection.commit()
    assert arrange.state(invoice_id) is State.DISMISSED
    assert arrange.events(invoice_id)[-1].actor == "a key (service)"


def test_there_is_no_decision_about_the_invoice_of_another_company(arrange, visiting):
    invoice_id = arrange.deduped(company_number=OTHER_COMPANY, findings=[arrange.finding("money")])
    with visiting(COMPANY) as connection, pytest.raises(DecisionRefused, match="There is no invoice"):
        decide(connection, invoice_id, Ruling(Decision.DISMISS, "an", State.HELD, "Mine now."))
    assert arrange.state(invoice_id) is State.HELD


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoice SET company_number = :company WHERE id = :own",
        "UPDATE invoice SET document_id = NULL WHERE id = :own",
        "DELETE FROM invoice WHERE id = :own",
        "UPDATE payload SET content = NULL, erased_at = now()",
        """INSERT INTO audit_event (invoice_id, sequence, at, actor, to_state, why, hash)
        VALUES (:own, 99, now(), 'x', 'sent', 'x', 'x')""",
        """INSERT INTO decision (invoice_id, decision, saw_state, actor, reason_id)
        SELECT :other, 'dismiss', 'held', 'x', reason_id FROM decision LIMIT 1""",
        """INSERT INTO payload (id, content, media_type, size, sha256)
        VALUES (:own, 'x', 'application/xml', 1, repeat('0', 64))""",
    ],
)
def test_the_facade_writes_nothing_else(books, visiting, statement):
    given = {"company": COMPANY, "own": books[COMPANY]["held"], "other": books[OTHER_COMPANY]["held"]}
    named = {name: value for name, value in given.items() if f":{name}" in statement}
    with visiting(COMPANY) as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(text(statement), named)
    assert type(refused.value.orig).__name__ == "InsufficientPrivilege"


def test_an_update_does_not_reach_the_invoices_of_another_company(books, visiting):
    with visiting(COMPANY) as connection:
        changed = connection.execute(text("UPDATE invoice SET reason = reason RETURNING company_number"))
        assert set(changed.scalars()) == {COMPANY}


def test_a_receipt_of_another_company_is_not_told(books, arrange, visiting):
    invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)
    taken = arrange.row(books[OTHER_COMPANY]["sent"]).receipt
    ruling = Ruling(Decision.ARRIVED, "an", State.OUTCOME_UNKNOWN, "I looked.", taken)
    with visiting(COMPANY) as connection, pytest.raises(IntegrityError) as refused:
        decide(connection, invoice_id, ruling)
    assert taken not in str(refused.value.orig)
    assert str(books[OTHER_COMPANY]["sent"]) not in str(refused.value.orig)


def test_a_request_may_name_the_invoices_that_its_caller_sees(books, visiting):
    def asks(connection, *invoice_ids, **fields):
        given = {"asked_by": connection.info["account"], "invoice_ids": invoice_ids or None, **fields}
        return ask_for_run(connection, RunRequest("an", "a call", **given))

    with visiting(COMPANY) as connection:
        asked = asks(connection, books[COMPANY]["held"])
        assert len(rows(connection, "run_request", "id = :id", id=asked)) == 1
    for refused in (
        {"invoice_ids": [books[OTHER_COMPANY]["held"]]},
        {"invoice_ids": [books[COMPANY]["held"], uuid4()]},
        {"source_ids": ["r1"]},
        {"asked_by": uuid4()},
        {"asked_by": None},
    ):
        with visiting(COMPANY) as connection, pytest.raises(DBAPIError, match="row-level security"):
            asks(connection, **refused)
    with visiting(all_companies=True) as connection:
        asks(connection, books[COMPANY]["held"], books[OTHER_COMPANY]["held"])


def test_a_caller_sees_the_jobs_that_it_asked_for_and_no_others(books, owner, visiting):
    with visiting(COMPANY) as connection:
        asks = text(
            "INSERT INTO run_request (requested_by, correlation_id, asked_by, job_id)"
            " VALUES ('a', 'c', :asked_by, :job) RETURNING id"
        )
        with owner.begin() as somebody:
            mine = {"asked_by": connection.info["account"], "job": books[COMPANY]["job"]}
            ours = somebody.execute(asks, mine).scalar_one()
            somebody.execute(asks, {"asked_by": None, "job": books[OTHER_COMPANY]["job"]})
        assert [row.id for row in connection.execute(text("SELECT id FROM job"))] == [books[COMPANY]["job"]]
        assert [row.id for row in connection.execute(text("SELECT id FROM run_request"))] == [ours]


def test_the_application_is_bound_by_no_company(books, arrange):
    assert len(arrange.all("SELECT id FROM invoice")) == 4
    assert (
        len(arrange.all("SELECT DISTINCT document_id FROM verdict WHERE rule_sets_key = :key", key=RULES_KEY))
        == 4
    )
