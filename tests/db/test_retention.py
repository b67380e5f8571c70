"""What is erased when its years are over, what keeps it, and what stays true afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Event
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from db.audit import at_one_moment, verify
from db.decisions import Decision, DecisionRefused
from db.dedupe import dedupe
from db.freeing import free
from db.ledger import Actor, Ledger
from db.legal_holds import HoldRefused, holds, lift_hold, place_hold
from db.lineage import life
from db.retention import (
    BEGINNING,
    PRUNED,
    Rules,
    erase_leftovers,
    erase_next,
    erasure_of,
    forget_outcomes,
    prune,
)
from db.seals import seal_all
from db.vault import Vault
from db.waypoints import Waypoint
from invoices.lifecycle import State
from invoices.retention import counted_from, kept_until
from tests.db.aged import grow_old
from tests.db.conftest import COMPANY, OTHER_COMPANY, RULES_KEY, Arrange

ACTOR = Actor("housekeeping", uuid4())
TEN = Rules(10)
CLOSED = [State.SENT, State.DUPLICATE, State.SUPERSEDED, State.DISMISSED, State.OUT_OF_SCOPE]
PERSONAL = "Leverancier"


@pytest.fixture
def aged(owner):
    return lambda years=12: grow_old(owner, years=years)


@pytest.fixture
def erase(ledger):
    """Erases all that is due, `most` documents at a time; how many were erased, on hold, still open."""

    def run(rules=TEN, most=500):
        erased = on_hold = still_open = 0
        place = BEGINNING
        while place is not None:
            looked = erase_next(ledger, ACTOR, rules, place, most)
            erased, on_hold, still_open = (
                erased + looked.erased,
                on_hold + looked.on_hold,
                still_open + looked.still_open,
            )
            place = looked.after
        return erased, on_hold, still_open

    return run


@pytest.fixture
def hold(ledger):
    def place(company=COMPANY):
        with ledger.transaction(ACTOR, Waypoint.HOLD_CHANGED) as connection:
            return place_hold(connection, company, "an@example.be", "A court asks for it.")

    return place


@pytest.fixture
def lift(ledger):
    def end(hold_id, reason="The court is done."):
        with ledger.transaction(ACTOR, Waypoint.HOLD_CHANGED) as connection:
            lift_hold(connection, hold_id, "an@example.be", reason)

    return end


@pytest.fixture
def sound(ledger):
    """Whether the audit finds nothing, the bytes of documents and answers included."""

    def ask(vault=None):
        seal_all(ledger, ACTOR)
        with at_one_moment(ledger) as connection:
            assert list(verify(connection, documents=True, vault=vault)) == []
        return True

    return ask


def is_erased(arrange, invoice_id):
    return bool(
        arrange.all(
            "SELECT FROM invoice i JOIN document d ON d.id = i.document_id JOIN payload p ON p.id = d.payload_id"
            " WHERE i.id = :id AND p.content IS NULL AND d.erased_at IS NOT NULL AND d.facts IS NULL",
            id=invoice_id,
        )
    )


class TestWhatIsErased:
    def test_documents_answers_reasons_and_what_was_read_go_and_the_history_stays_true(
        self, arrange, aged, erase, sound
    ):
        made = {state: arrange.in_state(state) for state in State}
        arrange.sent_on(arrange.row(made[State.DUPLICATE]).blocked_by, "accepted")
        again = arrange.in_state(State.OUTCOME_UNKNOWN)
        arrange.decide(again, Decision.ARRIVED, reason=f"{PERSONAL} told me.", receipt=None)
        arrange.settle(arrange.claim(arrange.in_state(State.READY)), "accepted", answer=PERSONAL.encode())
        aged()
        before = arrange.all(
            "SELECT id, source_id, number, identity_key, fingerprint, state FROM invoice ORDER BY id"
        )

        erased, on_hold, still_open = erase()

        assert erased == len(CLOSED) + 3
        newer_version = 1
        assert (on_hold, still_open) == (0, len(set(State) - set(CLOSED)) + newer_version)
        assert all(is_erased(arrange, made[state]) for state in CLOSED)
        assert not any(is_erased(arrange, made[state]) for state in set(State) - set(CLOSED))
        assert sound()
        after = arrange.all(
            "SELECT id, source_id, number, identity_key, fingerprint, state FROM invoice ORDER BY id"
        )
        assert after == before
        hashes = arrange.all(
            "SELECT FROM document d JOIN payload p ON p.id = d.payload_id WHERE p.sha256 = d.sha256"
        )
        assert len(hashes) == arrange.all("SELECT count(*) FROM document")[0][0]

    def test_no_name_or_amount_is_left_anywhere(self, arrange, aged, erase, owner):
        invoice_id = arrange.deduped(findings=[arrange.finding("money")])
        arrange.run("UPDATE verdict SET findings = jsonb_set(findings, '{0,found}', '\"Leverancier\"')")
        arrange.decide(invoice_id, Decision.DISMISS, reason=f"{PERSONAL} asked.")
        assert PERSONAL in everything(owner)
        aged()
        assert erase() == (1, 0, 0)
        assert PERSONAL not in everything(owner)
        assert arrange.row(invoice_id).payable_amount is None

    def test_an_erased_document_says_when_by_whom_and_by_which_rule(self, arrange, aged, erase, ledger):
        sent, open_ = arrange.in_state(State.SENT), arrange.in_state(State.HELD)
        aged()
        erase()
        with ledger.reading() as connection:
            record = erasure_of(connection, sent)
            told = life(connection, sent)
            assert erasure_of(connection, open_) is None
        assert (record.actor, record.rule, record.retention_years) == (ACTOR.name, "retention_period", 10)
        assert record.kept_until == kept_until(date(datetime.now(UTC).year - 11, 1, 1), 10).isoformat()
        assert told["document"]["erased_at"] is not None
        assert told["document"]["erased_because"] == {
            "rule": "retention_period",
            "retention_years": 10,
            "kept_until": record.kept_until,
            "actor": ACTOR.name,
        }
        verdicts = [event["verdict"] for event in told["events"] if event["verdict"]]
        assert verdicts
        assert all(verdict["findings"] == [] for verdict in verdicts)

    def test_encrypted_documents_too(self, database_url, owner, sound):
        vault = Vault([Fernet.generate_key().decode()])
        ledger = Ledger(database_url, vault=vault)
        with ledger.worker() as worker:
            arrange = Arrange(ledger, worker)
            gone, kept = arrange.in_state(State.SENT), arrange.in_state(State.HELD)
            grow_old(owner, years=12)
            assert erase_next(ledger, ACTOR, TEN, BEGINNING).erased == 1
            assert is_erased(arrange, gone)
            assert not is_erased(arrange, kept)
            assert sound(vault)
        ledger.close()

    def test_what_no_invoice_refers_to(self, arrange, aged, erase):
        from db.documents import store_documents  # noqa: PLC0415

        store_documents(arrange.ledger, ACTOR, [arrange.record()])
        assert erase() == (0, 0, 0)
        aged()
        assert erase() == (1, 0, 0)

    def test_a_batch_at_a_time_and_nothing_twice(self, arrange, aged, erase):
        for _ in range(7):
            arrange.in_state(State.SENT)
        aged()
        assert erase(Rules(10, pretend=True), most=3) == (7, 0, 0)
        assert arrange.all("SELECT FROM erasure") == []
        assert erase(most=3) == (7, 0, 0)
        assert erase(most=3) == (0, 0, 0)
        assert len(arrange.all("SELECT FROM erasure")) == 7

    def test_two_at_once_erase_each_document_once(self, arrange, aged, ledger):
        for _ in range(20):
            arrange.in_state(State.SENT)
        aged()
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: erase_next(ledger, ACTOR, TEN, BEGINNING).erased, range(4)))
        assert sum(found) == 20


class TestWhatKeepsIt:
    def test_the_years(self, arrange, aged, erase):
        arrange.in_state(State.SENT)
        aged(years=10)
        assert erase() == (0, 0, 0)
        aged(years=1)
        assert erase(Rules(11)) == (0, 0, 0)
        assert erase() == (1, 0, 0)

    def test_a_later_date_of_issue_counts_and_an_earlier_one_does_not(self, arrange, aged, erase):
        sent = arrange.in_state(State.SENT)
        aged()
        arrange.run("UPDATE invoice SET issue_date = now()")
        assert erase() == (0, 0, 0)
        arrange.run("UPDATE invoice SET issue_date = '1926-01-01'")
        assert erase() == (1, 0, 0)
        assert is_erased(arrange, sent)

    def test_a_document_of_two_invoices_goes_with_the_later_one(self, arrange, aged, erase):
        document = b"<one/>"
        first = arrange.in_state(State.SENT)
        arrange.run("UPDATE invoice SET issue_date = NULL")
        facts = arrange.facts()
        both = [
            arrange.checked(facts=facts, document=document, company_number=company)
            for company in (COMPANY, OTHER_COMPANY)
        ]
        arrange.dedupe(*both)
        for each in both:
            arrange.sent_on(each, "accepted")
        aged()
        arrange.run("UPDATE invoice SET issue_date = now() WHERE id = :id", id=both[1])
        assert erase() == (1, 0, 0)
        assert [is_erased(arrange, each) for each in (first, *both)] == [True, False, False]

    def test_a_legal_hold_of_its_company(self, arrange, aged, erase, hold, lift):
        mine = arrange.in_state(State.SENT)
        other = arrange.sent_on(arrange.deduped(company_number=OTHER_COMPANY), "accepted")
        held, second = hold(), hold()
        aged()
        assert erase() == (1, 1, 0)
        assert [is_erased(arrange, each) for each in (mine, other)] == [False, True]
        lift(held)
        assert erase() == (0, 1, 0)
        lift(second)
        assert erase() == (1, 0, 0)

    def test_any_hold_where_nobody_knows_whose_it_is(self, arrange, aged, erase, hold):
        first = arrange.record(company_number=None, direction=None)
        arrange.arrive(first)
        arrange.arrive(arrange.record(first.source_id, 2, company_number=None, direction=None))
        hold(OTHER_COMPANY)
        aged()
        assert erase() == (0, 2, 0)

    def test_a_duplicate_of_an_invoice_that_waits(self, arrange, aged, erase):
        first, second = arrange.twins()
        arrange.sent_on(first, "refused")
        aged()
        assert erase() == (0, 0, 2)
        arrange.decide(first, Decision.DISMISS)
        assert erase() == (2, 0, 0)
        assert arrange.state(second) is State.DUPLICATE

    def test_a_hold_waits_for_what_is_being_erased_and_whoever_erases_then_sees_it(
        self, arrange, aged, ledger, hold, erase
    ):
        arrange.in_state(State.SENT)
        aged()
        placed = Event()
        with ThreadPoolExecutor(1) as pool, ledger.transaction(ACTOR, Waypoint.ERASED) as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock_shared(87015)"))
            waiting = pool.submit(lambda: (hold(), placed.set()))
            assert not placed.wait(0.3)
            assert arrange.all("SELECT FROM legal_hold") == []
            connection.rollback()
            waiting.result(timeout=10)
        assert erase() == (0, 1, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.none() | st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(10, 12), st.integers(0, 13))
def test_the_ledger_counts_as_the_calendar_does(by_sql, as_owner, issued, years, ago):
    with as_owner.begin_nested() as attempt:
        sql = by_sql(as_owner)
        invoice_id = sql.invoice(issue_date=issued)
        as_owner.execute(text("SET LOCAL session_replication_role = replica"))
        arrived = (
            as_owner.execute(
                text(
                    "UPDATE audit_event SET at = at - make_interval(years => :ago) WHERE invoice_id = :id RETURNING at"
                ),
                {"ago": ago, "id": invoice_id},
            )
            .scalars()
            .first()
        )
        counted = as_owner.execute(
            text("SELECT invoice_counted_from(i) FROM invoice i WHERE id = :id"), {"id": invoice_id}
        ).scalar_one()
        why = as_owner.execute(
            text("SELECT invoice_kept_because(i, :years) FROM invoice i WHERE id = :id"),
            {"id": invoice_id, "years": years},
        ).scalar_one()
        assert counted == counted_from(issued, arrived.astimezone(UTC).date())
        assert (why == "period") is (datetime.now(UTC).date() <= kept_until(counted, years))
        attempt.rollback()


class TestNobodyCanEraseEarlier:
    @pytest.mark.parametrize("years", [9, 0, -1, None])
    def test_with_fewer_years(self, ledger, years):
        with pytest.raises(DBAPIError, match="10 years or more"):
            erase_next(ledger, ACTOR, Rules(years), BEGINNING)
        with pytest.raises(DBAPIError, match="10 years or more"):
            erase_leftovers(ledger, ACTOR, Rules(years))

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE payload SET content = NULL, erased_at = now()",
            "UPDATE document SET erased_at = now()",
            "UPDATE verdict SET findings_sha256 = repeat('0', 64), findings = '[]'",
            """INSERT INTO erasure (document_id, rule, counted_from, retention_years, actor, payloads, erased_at)
            SELECT id, 'retention_period', now(), 10, 'me', 0, now() FROM document""",
            "DELETE FROM payload",
            "SELECT erase_at_last(ARRAY(SELECT id FROM document), 10)",
            "DELETE FROM legal_hold",
            "UPDATE legal_hold SET company_number = '0403019261'",
        ],
    )
    def test_past_the_functions(self, arrange, hold, statement):
        arrange.in_state(State.SENT)
        hold()
        with pytest.raises((IntegrityError, ProgrammingError)):
            arrange.run(statement)

    def test_by_dating_an_invoice_back(self, arrange, erase):
        arrange.in_state(State.SENT)
        arrange.run("UPDATE invoice SET created_at = '2001-01-01', issue_date = '2001-01-01'")
        arrange.run("UPDATE document SET created_at = '2001-01-01'")
        assert erase() == (0, 0, 0)

    def test_with_an_old_snapshot(self, ledger):
        with ledger.engine.connect() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            with pytest.raises(DBAPIError, match="read committed"):
                connection.execute(
                    text("SELECT erase_documents(10, 1, false, '-infinity', :id)"), {"id": BEGINNING.id}
                )

    def test_a_hash_of_findings_is_that_of_what_was_there_and_stays(self, arrange, aged, erase, owner):
        arrange.decide(arrange.in_state(State.HELD), Decision.DISMISS)
        aged()
        erase()
        for change in ("findings = '[1]'", "findings_sha256 = NULL", "verdict = 'valid', rule_sets = '[]'"):
            with pytest.raises(IntegrityError), owner.begin() as connection:
                connection.execute(text(f"UPDATE verdict SET {change}"))


class TestAfterwards:
    def test_an_erased_invoice_cannot_be_released(self, arrange, aged, erase):
        invoice_id = arrange.in_state(State.OUT_OF_SCOPE)
        aged()
        erase()
        with pytest.raises(DecisionRefused, match="Its document was erased on"):
            arrange.decide(invoice_id, Decision.RELEASE)
        with pytest.raises(IntegrityError, match="was erased"):
            arrange.run("UPDATE invoice SET state = 'ready' WHERE id = :id", id=invoice_id)

    def test_nor_is_it_freed(self, arrange, aged, erase, ledger):
        first, second = arrange.twins()
        arrange.sent_on(first, "unknown")
        arrange.decide(first, Decision.ARRIVED, receipt=str(uuid4()))
        aged()
        assert erase() == (2, 0, 0)
        with arrange.ledger.engine.begin() as connection:
            connection.execute(text("RESET ROLE"))
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("UPDATE invoice SET state = 'dismissed' WHERE id = :id"), {"id": first})
        with ledger.transaction(ACTOR, Waypoint.FREED) as connection:
            assert free(connection, None, arrange.routes) == []
        assert arrange.state(second) is State.DUPLICATE

    def test_the_same_bytes_that_come_again_are_not_sent_but_shown_to_a_person(
        self, arrange, aged, erase, ledger
    ):
        record = arrange.record()
        (first,) = arrange.arrive(record)
        arrange.check(first, facts=arrange.facts(issue_date=date(2001, 1, 1)))
        aged()
        assert erase() == (1, 0, 0)
        (again,) = arrange.arrive(arrange.record(document=record.document))
        from db.checks import unchecked  # noqa: PLC0415

        with ledger.reading() as connection:
            (waiting,) = unchecked(connection, [again], RULES_KEY)
        assert (waiting.checked, waiting.facts) == (None, None)

    def test_an_invoice_of_the_same_number_is_still_a_duplicate(self, arrange, aged, erase):
        first = arrange.sent_on(arrange.deduped("2026-1"), "accepted")
        aged()
        key = arrange.row(first).identity_key
        erase()
        second = arrange.deduped("2026-1")
        assert arrange.row(second).identity_key == key
        assert arrange.state(second) is State.DUPLICATE


class TestHolds:
    def test_a_hold_says_whose_since_when_by_whom_and_why_until_and_after_it_is_lifted(
        self, ledger, hold, lift
    ):
        hold_id = hold()
        with ledger.reading() as connection:
            (found,) = holds(connection)
        assert (found.id, found.company_number, found.placed_by) == (hold_id, COMPANY, "an@example.be")
        assert (found.reason, found.lifted_at) == ("A court asks for it.", None)
        lift(hold_id)
        with ledger.reading() as connection:
            assert holds(connection) == []
            (found,) = holds(connection, lifted=True)
        assert (found.lifted_by, found.lifted_reason) == ("an@example.be", "The court is done.")

    def test_it_is_lifted_once_and_with_a_reason(self, hold, lift):
        hold_id = hold()
        with pytest.raises(HoldRefused, match="needs a reason"):
            lift(hold_id, " ")
        lift(hold_id)
        for again in (hold_id, uuid4()):
            with pytest.raises(HoldRefused, match="is in force"):
                lift(again)

    def test_reasons_of_lifted_holds_go_too(self, ledger, hold, lift, aged):
        lift(hold())
        hold()
        aged()
        assert erase_leftovers(ledger, ACTOR, Rules(10, pretend=True)) == (0, 2)
        assert erase_leftovers(ledger, ACTOR, TEN) == (0, 2)
        assert erase_leftovers(ledger, ACTOR, TEN) == (0, 0)
        with ledger.reading() as connection:
            assert [(each.reason, each.lifted_reason) for each in holds(connection, lifted=True)] == [
                (None, None),
                ("A court asks for it.", None),
            ]


class TestRejectedRecords:
    @pytest.fixture
    def rejected(self, arrange):
        def make(resolved):
            arrange.run(
                "WITH raw AS (INSERT INTO payload (content, media_type, size, sha256)"
                "  VALUES ('raw', 'application/json', 3, repeat('0', 64)) RETURNING id)"
                " INSERT INTO rejected_record (source, source_id, raw_id, raw_sha256, finding, retryable, resolved_at)"
                ' SELECT \'s\', :id, id, repeat(\'0\', 64), \'{"found": "x", "code": "c"}\', false,'
                "        CASE WHEN :resolved THEN now() END FROM raw",
                id=str(uuid4()),
                resolved=resolved,
            )

        return make

    def test_resolved_ones_go_after_90_days_others_with_their_years_none_during_a_hold(
        self, rejected, ledger, owner, hold, lift, aged
    ):
        rejected(resolved=True)
        rejected(resolved=False)
        assert erase_leftovers(ledger, ACTOR, TEN) == (0, 0)
        grow_old(owner, days=91)
        hold_id = hold(OTHER_COMPANY)
        assert erase_leftovers(ledger, ACTOR, TEN) == (0, 0)
        lift(hold_id)
        assert erase_leftovers(ledger, ACTOR, TEN) == (1, 0)
        aged()
        assert erase_leftovers(ledger, ACTOR, TEN)[0] == 1
        with ledger.reading() as connection:
            found = connection.execute(text("SELECT finding FROM rejected_record")).scalars().all()
        assert found == [{"found": None, "code": "c"}] * 2


@pytest.mark.usefixtures("full")
class TestPruning:
    @pytest.fixture
    def full(self, arrange, owner):
        """A row in each table that is pruned."""
        invoice_id = arrange.in_state(State.SENT)
        with owner.begin() as connection:
            for statement in _ROWS:
                named = {"id": invoice_id} if ":id" in statement else {}
                connection.execute(text(statement), named)

    @pytest.fixture
    def pruned(self, ledger):
        def run(rules=TEN):
            found = {table: prune(ledger, ACTOR, rules, table) for table in PRUNED}
            return {**found, "job": forget_outcomes(ledger, ACTOR, rules)}

        return run

    def test_nothing_that_is_young(self, pruned, owner):
        assert set(pruned().values()) == {0}
        grow_old(owner, days=80)
        assert {name for name, rows in pruned().items() if rows} == {"refresh_token", "sign_in_throttle"}

    def test_after_90_days_what_was_told_after_400_who_did_what_after_years_reports(self, pruned, owner):
        pruned()
        grow_old(owner, days=91)
        assert {name for name, rows in pruned().items() if rows} == {
            "webhook_attempt", "webhook_message", "job_invoice", "refresh_token", "sign_in_throttle",
            "notice_delivery", "notice", "job",
        }  # fmt: skip
        grow_old(owner, days=310)
        assert {name for name, rows in pruned().items() if rows} == {
            "received_webhook", "run_request", "security_event", "sign_in", "trouble",
        }  # fmt: skip
        grow_old(owner, years=11)
        assert {name for name, rows in pruned().items() if rows} == {"reconciliation"}

    def test_pretending_counts_what_hangs_on_each_other_too_and_deletes_nothing(self, pruned, owner):
        grow_old(owner, years=12)
        foretold = pruned(Rules(10, pretend=True))
        assert foretold == dict.fromkeys((*PRUNED, "job"), 1)
        assert pruned() == foretold
        assert set(pruned().values()) == {0}

    def test_what_the_erp_was_told_of_a_company_under_a_hold_stays(self, pruned, owner, hold):
        hold()
        grow_old(owner, days=91)
        found = pruned()
        assert (found["webhook_attempt"], found["webhook_message"]) == (0, 0)

    @pytest.mark.parametrize(
        "table",
        ["run_request", "received_webhook", "security_event", "reconciliation", "audit_event", "decision"],
    )
    def test_not_even_the_owner_deletes_what_is_young(self, arrange, owner, table):
        arrange.in_state(State.DISMISSED)
        with pytest.raises(IntegrityError, match="does not change"), owner.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))

    def test_of_nothing_else(self, ledger):
        with pytest.raises(DBAPIError):
            prune(ledger, ACTOR, TEN, "invoice")


_JOB = "00000000-0000-0000-0000-000000000001"
_ROWS = f"""
INSERT INTO job (id, flow_run_id, run_count, flow, requested_by, parameters, state, ended_at, outcomes)
VALUES ('{_JOB}', gen_random_uuid(), 1, 'f', 'an', '{{}}', 'completed', now(), '[1]');

INSERT INTO job_invoice (job_id, invoice_id) VALUES ('{_JOB}', :id);

INSERT INTO reconciliation (job_id, since, until, receipts, confirmed, different, not_checked, unverified, findings,
                            findings_left_out, notes)
VALUES ('{_JOB}', now() - interval '1 day', now(), 0, 0, 0, 0, 0, '[]', 0, '[]');

WITH asked AS (
    INSERT INTO run_request (requested_by, correlation_id, job_id, done_at) VALUES ('an', 'c', '{_JOB}', now())
    RETURNING id
) INSERT INTO received_webhook (webhook_id, body_sha256, request_id) SELECT 'w', repeat('0', 64), id FROM asked;

WITH told AS (
    INSERT INTO webhook_message (invoice_id, sequence, type, company_number, at, state, status, delivered_at)
    VALUES (:id, 1, 't', '{COMPANY}', now(), 'sent', 'sent', now()) RETURNING id
) INSERT INTO webhook_attempt (message_id, number, at) SELECT id, 1, now() FROM told;

INSERT INTO security_event (kind) VALUES ('signed_in');

WITH an AS (
    INSERT INTO account (name, password_hash, role) VALUES ('an', '$argon2id$', 'user') RETURNING id
), came AS (
    INSERT INTO sign_in (account_id) SELECT id FROM an RETURNING id
) INSERT INTO refresh_token (sign_in_id, hash, expires_at)
SELECT id, repeat('0', 64), now() + interval '1 day' FROM came;

INSERT INTO sign_in_throttle (subject, failures, last_failed_at) VALUES ('x', 1, now());

WITH found AS (
    INSERT INTO trouble (kind, subject, since, last_at, ended_at, times)
    VALUES ('run_failed', 's', now(), now(), now(), 0) RETURNING id
), said AS (
    INSERT INTO notice (trouble_id, says, title, body) SELECT id, 'trouble', 't', '{{}}' FROM found RETURNING id
) INSERT INTO notice_delivery (notice_id, channel, delivered_at) SELECT id, 'slack', now() FROM said
""".split(";")


def everything(owner):
    """All that the ledger holds, as text."""
    with owner.connect() as connection:
        tables = (
            connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            .scalars()
            .all()
        )
        texts = [
            connection.execute(text(f"SELECT t::text FROM {table} t")).scalars().all() for table in tables
        ]
        payloads = connection.execute(text("SELECT content FROM payload")).scalars()
        return repr(texts) + repr([bytes(each) for each in payloads if each is not None])


def test_dedupe_stays_usable_without_what_was_erased(arrange, aged, erase, ledger):
    arrange.in_state(State.SENT)
    aged()
    erase()
    with ledger.transaction(ACTOR, Waypoint.DEDUPED) as connection:
        assert dedupe(connection, [], None, arrange.routes) == []
