import json
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.envelope import Success
from api.invoice_models import InvoiceDetail
from db.decisions import Decision
from invoices.findings import Finding, PolicyClass, Severity
from invoices.lifecycle import State
from tests.api.surroundings import arranging
from tests.db.conftest import COMPANY, OTHER_COMPANY

LIST = "/api/v1/invoices"


@pytest.fixture
def arrange(ledger):
    with arranging(ledger) as arrange:
        yield arrange


def detail(client, invoice_id, **headers):
    answer = client.get(f"{LIST}/{invoice_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    return Success[InvoiceDetail].model_validate_json(answer.text).data


@pytest.mark.parametrize(
    "state", [State.RECEIVED, State.COULD_NOT_CHECK, State.INVALID, State.SENT, State.SUPERSEDED]
)
def test_an_invoice_of_any_age_has_its_detail(arrange, as_user, state):
    invoice_id = arrange.in_state(state)
    shown = detail(as_user, invoice_id)
    assert (shown.id, shown.state, shown.why) == (invoice_id, state, arrange.row(invoice_id).why)
    assert shown.events[-1].to_state is state
    assert shown.links.document == f"{LIST}/{invoice_id}/document"


def test_the_detail_tells_what_happened_from_the_beginning(arrange, as_user):
    invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)
    arrange.decide(invoice_id, Decision.DISMISS, reason="Gevonden in het portaal: é.")
    shown = detail(as_user, invoice_id)
    assert [event.to_state for event in shown.events] == [
        "received", "ready", "sending", "outcome_unknown", "dismissed",
    ]  # fmt: skip
    assert [event.sequence for event in shown.events] == [1, 2, 3, 4, 5]
    assert shown.events[0].sentence == "Received; not yet checked."
    assert shown.events[-1].actor == "an@example.be"
    (attempt,) = shown.attempts
    assert (attempt.outcome, attempt.code, attempt.message) == ("unknown", "a_code", "What was said.")
    (decision,) = shown.decisions
    assert (decision.decision, decision.saw_state) == ("dismiss", "outcome_unknown")
    assert (decision.actor, decision.reason) == ("an@example.be", "Gevonden in het portaal: é.")
    assert shown.events[-1].decision_id == decision.id
    assert [rules.name for rules in shown.rule_sets]


def test_an_erased_reason_is_told_as_such(arrange, as_user, owner):
    invoice_id = arrange.in_state(State.DISMISSED)
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE payload SET content = NULL, erased_at = now()"
                " WHERE id IN (SELECT reason_id FROM decision)"
            )
        )
    assert detail(as_user, invoice_id).decisions[0].reason is None


def test_findings_are_told_in_the_language_that_is_asked_for(arrange, as_user):
    finding = Finding(
        "BR-CO-15",
        Severity.FATAL,
        PolicyClass.MONEY,
        "Raw.",
        location="/*",
        line=3,
        found="1.00",
        expected="2.00",
    )
    invoice_id = arrange.deduped(findings=[finding])
    told = {
        language: detail(as_user, invoice_id, **{"Accept-Language": language}).findings[0].message
        for language in ("nl-BE", "fr;q=0.9, en;q=0.1", "en", "de")
    }
    assert len(set(told.values())) == 3
    assert told["de"] == told["en"]
    answer = as_user.get(f"{LIST}/{invoice_id}", headers={"Accept-Language": "fr"})
    assert answer.headers["Content-Language"] == "fr"
    assert "accept-language" in answer.headers["Vary"].lower()
    (shown,) = answer.json()["data"]["findings"]
    assert {name: shown[name] for name in ("code", "severity", "location", "line", "found", "expected")} == {
        "code": "BR-CO-15", "severity": "fatal", "location": "/*", "line": 3, "found": "1.00", "expected": "2.00",
    }  # fmt: skip
    assert answer.json()["data"]["findings_count"] == 1


def test_each_language_has_a_tag_of_its_own(arrange, as_user):
    invoice_id = arrange.in_state(State.HELD)
    dutch = as_user.get(f"{LIST}/{invoice_id}", headers={"Accept-Language": "nl"})
    tag = {"If-None-Match": dutch.headers["ETag"]}
    assert as_user.get(f"{LIST}/{invoice_id}", headers={"Accept-Language": "nl", **tag}).status_code == 304
    assert as_user.get(f"{LIST}/{invoice_id}", headers={"Accept-Language": "fr", **tag}).status_code == 200


def near_duplicates(arrange):
    facts = {"payable_amount": Decimal("99.00"), "issue_date": date(2026, 3, 14)}
    first = arrange.deduped(facts=arrange.facts("F-100", **facts))
    return first, arrange.deduped(facts=arrange.facts("F-101", **facts))


def noted(arrange, invoice_id, finding):
    arrange.run(
        "UPDATE invoice SET findings = findings || CAST(:finding AS jsonb) WHERE id = :id",
        id=invoice_id,
        finding=json.dumps([finding.as_json()]),
    )


def test_near_duplicates_are_told_with_their_evidence(arrange, as_user):
    first, second = near_duplicates(arrange)
    (near,) = detail(as_user, second).near_duplicates
    assert "numbers that differ in one character (F-101 and F-100)" in near.evidence
    assert (near.invoice.id, near.invoice.number, near.invoice.amount) == (first, "F-100", "99.00")


def test_the_blocker_is_told_in_brief(arrange, as_user):
    first, second = arrange.twins()
    shown = detail(as_user, second)
    assert shown.blocked_by == first
    assert (shown.blocker.id, shown.blocker.number, shown.blocker.status) == (first, shown.number, "pending")
    assert shown.events[-1].blocked_by == first


def test_nothing_is_told_of_the_invoices_of_another_company(arrange, as_user, caller, owner):
    foreign = arrange.in_state(State.SENT)
    own = arrange.deduped(company_number=OTHER_COMPANY)
    noted(
        arrange,
        own,
        Finding("WB-NEAR-DUPLICATE", Severity.WARNING, PolicyClass.WARNING, "Near.", found=str(foreign)),
    )
    noted(
        arrange,
        own,
        Finding(
            "WB-DIFFERS", Severity.WARNING, PolicyClass.WARNING, "5 here, secret there.", expected="secret"
        ),
    )
    arrange.run(
        "UPDATE invoice SET state = 'held', why = 'other_content', blocked_by = :foreign WHERE id = :id",
        foreign=foreign,
        id=own,
    )
    path = f"{LIST}/{own}"
    told = caller("user", [OTHER_COMPANY]).get(path)
    assert told.status_code == 200
    assert str(foreign) not in told.text
    assert "secret" not in told.text
    assert (told.json()["data"]["blocker"], told.json()["data"]["findings_count"]) == (None, 0)
    arrange.run("UPDATE invoice SET blocked_by = NULL WHERE id = :id", id=own)
    assert "secret" not in caller("user", [OTHER_COMPANY]).get(path).text
    for everything in (as_user, caller("user", [COMPANY, OTHER_COMPANY])):
        shown = detail(everything, own)
        assert {each.code for each in shown.findings} == {"WB-NEAR-DUPLICATE", "WB-DIFFERS"}
        assert shown.near_duplicates[0].invoice.id == foreign


def test_an_invoice_of_another_company_is_as_unknown_as_none(arrange, caller):
    invoice_id = arrange.deduped(company_number=OTHER_COMPANY)
    client = caller("user", [COMPANY])
    unknown = uuid4()
    there, not_there = client.get(f"{LIST}/{invoice_id}"), client.get(f"{LIST}/{unknown}")
    assert there.status_code == not_there.status_code == 404
    assert there.json()["detail"] == not_there.json()["detail"].replace(str(unknown), str(invoice_id))


def test_an_id_that_is_none_is_refused(as_user):
    assert as_user.get(f"{LIST}/none").status_code == 422
