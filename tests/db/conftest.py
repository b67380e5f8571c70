"""Invoices brought into any state: through the ledger's own functions, or by SQL alone."""

import itertools
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, create_engine, text

from db.arrivals import store_records
from db.checks import Judged, apply_judgements, store_verdicts, unchecked
from db.claims import Claim, claim
from db.decisions import Decision, Ruling, decide
from db.dedupe import dedupe
from db.ledger import APPLICATION_ROLE, Actor, Ledger
from db.routes import Routes
from db.settlements import Settlement, settle
from db.waypoints import Waypoint
from invoices.check import READING, CheckedDocument, could_not_check
from invoices.company import Identifier
from invoices.document import Kind
from invoices.facts import Facts
from invoices.findings import Checked, Finding, PolicyClass, Severity
from invoices.judgement import Owner, judge
from invoices.lifecycle import TRANSITIONS, State
from invoices.party import Party
from invoices.policy import Preset
from invoices.routes import Route
from invoices.source import Direction, Record

RULES_KEY = "Rules 1"

SUPPLIER, COMPANY, OTHER_COMPANY = "0403019261", "0428759497", "0123456749"
START = date(2026, 1, 1)


def number_of(serial):
    """Numbers so far apart that none is a near-duplicate of another."""
    return f"{serial * 1111}-{serial:05}"


@dataclass
class Arrange:
    """Builds what a test starts from; each invoice has a number, an amount and bytes of its own unless told."""

    ledger: Ledger
    worker: int
    actor: Actor = field(default_factory=lambda: Actor("a run"))
    source: str = "java-backend"
    routes: Routes = field(default_factory=lambda: Routes((), Route(True, START, Preset.BALANCED)))
    listed: frozenset[str] = frozenset({COMPANY, OTHER_COMPANY})
    serials: itertools.count = field(default_factory=lambda: itertools.count(1))

    def record(self, source_id=None, version=1, document=None, **fields):
        serial = next(self.serials)
        given = {"company_number": COMPANY, "direction": Direction.PURCHASE, **fields}
        content = f"<{serial}/>".encode() if document is None else document
        return Record(source_id or f"r{serial}", version, content, **given)

    def facts(self, number=None, content="", **fields):
        """Facts of an invoice by SUPPLIER to COMPANY; the same `number` and `content` is the same invoice."""
        serial = next(self.serials)
        number = number or number_of(serial)
        default = Facts(
            kind=Kind.INVOICE,
            self_billed=False,
            number=number,
            normalised_number=number.upper(),
            issue_date=date(2026, 3, 14),
            due_date=None,
            type_code="380",
            currency="EUR",
            payable_amount=Decimal(100 + serial),
            tax_amount=Decimal("21.00"),
            seller=Party(name="Leverancier", legal_ids=(Identifier(SUPPLIER, "0208"),)),
            buyer=Party(name="Klant", legal_ids=(Identifier(COMPANY, "0208"), Identifier(OTHER_COMPANY))),
            issuer_key=f"enterprise {SUPPLIER}",
            fingerprint=sha256(f"{number} {content}".encode()).hexdigest(),
            customization_id=None,
            profile_id=None,
        )
        return replace(default, **fields)

    def finding(self, policy_class=PolicyClass.STRUCTURE, severity=Severity.FATAL):
        return Finding("BR-01", severity, policy_class, "A rule is broken.", location="/*", fix="Mend it.")

    def arrive(self, *records, actor=None):
        return list(store_records(self.ledger, actor or self.actor, self.source, records, []).invoice_ids)

    def check(self, *ids, facts=None, findings=(), result=None):
        """Validate as `tasks.validate` does, with a verdict that the test gives."""
        with self.ledger.reading() as connection:
            waiting = unchecked(connection, ids, RULES_KEY)
        given = CheckedDocument(Checked.of(READING, tuple(findings)), facts)
        results = {each.document_id: result or given for each in waiting if each.checked is None}
        with self.ledger.transaction(self.actor, Waypoint.VERDICTS_STORED) as connection:
            store_verdicts(connection, results, RULES_KEY)
            known = {
                each.document_id: CheckedDocument(each.checked, each.facts)
                for each in waiting
                if each.checked
            }
            apply_judgements(
                connection, [self.judged(each, {**known, **results}) for each in waiting], RULES_KEY
            )

    def judged(self, invoice, results):
        result = results[invoice.document_id]
        owner = None
        if invoice.company_number and invoice.direction:
            route = self.routes.route(invoice.company_number, invoice.direction)
            owner = Owner(invoice.company_number, invoice.direction, route)
        failed = invoice.failed_checks + (result.checked.verdict == "could_not_check")
        judgement = judge(result.checked, result.facts, owner, failed, invoice.stated_number)
        return Judged(invoice, result.facts, owner, judgement)

    def dedupe(self, *ids, listed=None, routes=None):
        with self.ledger.transaction(self.actor, Waypoint.DEDUPED) as connection:
            return dedupe(connection, ids, self.listed if listed is None else listed, routes or self.routes)

    def checked(self, number=None, content="", findings=(), facts=None, **record):
        """An arrived and checked invoice that dedupe has not seen."""
        (invoice_id,) = self.arrive(self.record(**record))
        self.check(invoice_id, facts=facts or self.facts(number, content), findings=findings)
        return invoice_id

    def deduped(self, number=None, content="", **options):
        invoice_id = self.checked(number, content, **options)
        self.dedupe(invoice_id)
        return invoice_id

    def claim(self, invoice_id, worker=None, budget=60.0) -> Claim:
        return claim(self.ledger, self.actor, invoice_id, worker or self.worker, budget)

    def settle(self, claimed, outcome, **fields):
        if outcome == "accepted":
            fields.setdefault("receipt", str(uuid4()))
        return settle(
            self.ledger, self.actor, claimed, Settlement(outcome, "a_code", "What was said.", **fields)
        )

    def sent_on(self, invoice_id, outcome):
        """Claim and settle an invoice that is ready."""
        self.settle(self.claim(invoice_id, budget=0.0), outcome)
        return invoice_id

    def decide(self, invoice_id, decision, saw=None, reason="I looked.", receipt=None):
        ruling = Ruling(Decision(decision), "an@example.be", saw or self.state(invoice_id), reason, receipt)
        with self.ledger.transaction(Actor(ruling.actor), Waypoint.DECIDED) as connection:
            return decide(connection, invoice_id, ruling)

    def in_state(self, state):
        """A new invoice in `state`, without any tie to another but where the state is one."""
        return getattr(self, f"_{state}")()

    def _received(self):
        return self.arrive(self.record())[0]

    def _could_not_check(self):
        invoice_id = self._received()
        self.check(invoice_id, result=could_not_check("it hung"))
        return invoice_id

    def _invalid(self):
        return self.deduped(findings=[self.finding()])

    def _out_of_scope(self):
        return self.checked(facts=self.facts(issue_date=date(2025, 12, 31)))

    def _ready(self):
        return self.deduped()

    def _duplicate(self):
        return self.twins()[1]

    def twins(self, content="", number=None, **record):
        """A ready invoice, and another of the same number: duplicate, or held where `content` differs."""
        number = number or number_of(next(self.serials))
        return self.deduped(number), self.deduped(number, content, **record)

    def _held(self):
        return self.deduped(findings=[self.finding(PolicyClass.MONEY)])

    def _sending(self):
        invoice_id = self._ready()
        self.claim(invoice_id, budget=0.0)
        return invoice_id

    def _sent(self):
        return self.sent_on(self._ready(), "accepted")

    def _failed(self):
        return self.sent_on(self._ready(), "refused")

    def _outcome_unknown(self):
        return self.sent_on(self._ready(), "unknown")

    def _superseded(self):
        first = self.record()
        (invoice_id,) = self.arrive(first)
        self.arrive(self.record(first.source_id, 2))
        return invoice_id

    def _dismissed(self):
        invoice_id = self._held()
        self.decide(invoice_id, Decision.DISMISS)
        return invoice_id

    def row(self, invoice_id):
        with self.ledger.reading() as connection:
            query = text("SELECT * FROM invoice WHERE id = :id")
            return connection.execute(query, {"id": invoice_id}).one()

    def state(self, invoice_id):
        return State(self.row(invoice_id).state)

    def states(self, *ids):
        return [self.state(each) for each in ids]

    def events(self, invoice_id):
        with self.ledger.reading() as connection:
            query = text("SELECT * FROM audit_event WHERE invoice_id = :id ORDER BY sequence")
            return connection.execute(query, {"id": invoice_id}).all()

    def all(self, query, **parameters):
        with self.ledger.reading() as connection:
            return connection.execute(text(query), parameters).all()

    def run(self, statement, **parameters):
        with self.ledger.transaction(self.actor, Waypoint.DECIDED) as connection:
            connection.execute(text(statement), parameters)


@pytest.fixture
def arrange(ledger):
    """Builds invoices on a ledger of the test's own, as a living worker."""
    with ledger.worker() as worker:
        yield Arrange(ledger, worker)


@pytest.fixture(scope="session")
def untouched_ledger(administration, postgres, template):
    """The engine (as the owner) of one ledger in which no test ever commits."""
    name = f"waybill_untouched_{uuid4().hex[:8]}"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine = create_engine(postgres.set(database=name))
    yield engine
    engine.dispose()
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def rolled_back(engine):
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def as_owner(untouched_ledger):
    """A transaction of the tables' owner; rolled back at the end."""
    with rolled_back(untouched_ledger) as connection:
        yield connection


@pytest.fixture
def as_application(untouched_ledger):
    """A transaction of the application's role; rolled back at the end."""
    with rolled_back(untouched_ledger) as connection:
        connection.execute(text(f"SET LOCAL ROLE {APPLICATION_ROLE}"))
        yield connection


@dataclass(frozen=True)
class BySql:
    """Rows written by plain SQL, past the functions of the ledger."""

    connection: Connection

    def insert(self, table, **columns):
        names, values = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        statement = f"INSERT INTO {table} ({names}) VALUES ({values}) RETURNING *"
        return self.connection.execute(text(statement), columns).one()

    def update(self, table, row_id, **columns):
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        self.connection.execute(
            text(f"UPDATE {table} SET {changes} WHERE id = :id"), {"id": row_id, **columns}
        )

    def payload(self, content=b"bytes") -> UUID:
        digest = sha256(content).hexdigest()
        return self.insert(
            "payload", content=content, media_type="text/plain", size=len(content), sha256=digest
        ).id

    def document(self) -> UUID:
        content = uuid4().bytes
        digest = sha256(content).hexdigest()
        return self.insert("document", sha256=digest, size=len(content), payload_id=self.payload(content)).id

    def invoice(self, state="received", **columns) -> UUID:
        """An invoice with an identity and a company, moved to `state` by the shortest way."""
        given = {
            "destination": "clearfacts",
            "source": "java-backend",
            "source_id": str(uuid4()),
            "version": 1,
            "company_number": COMPANY,
            "direction": "PURCHASE",
            "identity_key": str(uuid4()),
            "receipt_verified": False,
            "why": "arrived",
            **columns,
        }
        given.setdefault("document_id", self.document())
        invoice_id = self.insert("invoice", **given).id
        for step in shortest_way(State(state)):
            self.update("invoice", invoice_id, state=step)
        return invoice_id

    def decision(self, invoice_id) -> UUID:
        reason_id = self.payload(b"because")
        return self.insert(
            "decision",
            invoice_id=invoice_id,
            decision="release",
            saw_state="held",
            actor="an",
            reason_id=reason_id,
        ).id

    def attempt(self, invoice_id, **columns) -> UUID:
        given = {
            "worker": 1,
            "document_sha256": "0" * 64,
            "company_number": COMPANY,
            "direction": "PURCHASE",
            "budget_ends_at": "2026-03-14T09:26:53Z",
            **columns,
        }
        return self.insert("attempt", invoice_id=invoice_id, **given).id

    def settled_attempt(self, invoice_id, **columns) -> UUID:
        attempt_id = self.attempt(invoice_id)
        given = {"settled_at": "2026-03-14T09:27:53.5Z", "outcome": "refused", **columns}
        self.update("attempt", attempt_id, **given)
        return attempt_id


def shortest_way(target):
    """The states between `received` and `target`, target included."""
    ways = deque([(State.RECEIVED, [])])
    while ways:
        state, way = ways.popleft()
        if state is target:
            return way
        ways.extend(
            (following, [*way, following]) for following in sorted(TRANSITIONS[state]) if len(way) < 5
        )
    raise LookupError(target)


@pytest.fixture
def by_sql():
    """Wraps a connection to write rows by plain SQL."""
    return BySql
