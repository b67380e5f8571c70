"""The sandbox is driven over HTTP by tools that do not share its process."""

import base64

import pytest

PAGE = "/api/v1/invoices"
RECORD = {
    "id": "2026/1",
    "version": 1,
    "direction": "SALE",
    "companyNumber": "BE 0999.000.129",
    "number": "2026/1",
    "ubl": base64.b64encode(b"<Invoice/>").decode(),
}


def test_the_journal_lists_in_order_filters_counts_and_is_cleared(clearfacts, control):
    clearfacts.ask("{ administrations { name } }")
    clearfacts.upload()
    clearfacts.upload(content=b"")
    everything = control.get("/journal").json()
    assert [entry["kind"] for entry in everything["entries"]] == ["administrations", "upload", "upload"]
    assert everything["counts"] == {
        "administrations": {"accepted": 1},
        "upload": {"accepted": 1, "refused": 1},
    }
    uploads = control.get("/journal", params={"kind": "upload"}).json()["entries"]
    assert [entry["outcome"] for entry in uploads] == ["accepted", "refused"]
    assert uploads[0]["uuid"]
    assert uploads[0]["time"].endswith("+00:00")
    assert control.delete("/journal").status_code == 204
    assert control.get("/journal").json() == {"entries": [], "counts": {}}


def test_faults_are_told_listed_and_withdrawn(clearfacts, control):
    told = control.post("/faults", json={"call": "upload", "fault": "server_error", "times": 2})
    assert told.status_code == 201
    assert clearfacts.upload().status_code == 500
    assert [(each["id"], each["times"]) for each in control.get("/faults").json()] == [(told.json()["id"], 1)]
    assert control.delete(f"/faults/{told.json()['id']}").status_code == 204
    assert control.delete(f"/faults/{told.json()['id']}").status_code == 404
    assert clearfacts.upload().status_code == 200


def test_all_faults_are_withdrawn_at_once(clearfacts, control):
    control.post("/faults", json={"call": "upload", "fault": "server_error", "times": None})
    assert control.delete("/faults").status_code == 204
    assert clearfacts.upload().status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"call": "upload", "fault": "explode"},
        {"call": "upload", "fault": "empty_page"},
        {"call": "upload", "fault": "drop", "time": 3},
        {"call": "upload", "fault": "drop", "probability": 0},
    ],
)
def test_a_fault_that_makes_no_sense_is_422(control, fault):
    assert control.post("/faults", json=fault).status_code == 422
    assert control.get("/faults").json() == []


def test_invoices_are_put_repeated_and_cleared(java_backend, control):
    assert control.put("/invoices", json=[RECORD, RECORD | {"version": 2}]).status_code == 200
    assert control.post("/invoices/2026%2F1/repeat").json()["version"] == 2
    items = java_backend.get(PAGE, params={"include": "ubl"}).json()["items"]
    assert [(item["id"], item["version"]) for item in items] == [("2026/1", 1), ("2026/1", 2), ("2026/1", 2)]
    assert items[0]["ubl"] == RECORD["ubl"]
    assert [each["version"] for each in control.get("/invoices").json()] == [1, 2, 2]
    assert control.delete("/invoices").status_code == 204
    assert control.get("/invoices").json() == []
    assert control.post("/invoices/2026%2F1/repeat").status_code == 404


def test_an_absurd_record_can_be_served(java_backend, control):
    control.put(
        "/invoices", json=[RECORD | {"overrides": {"version": -1, "direction": "SIDEWAYS", "extra": []}}]
    )
    item = java_backend.get(PAGE).json()["items"][0]
    assert (item["version"], item["direction"], item["extra"]) == (-1, "SIDEWAYS", [])


@pytest.mark.parametrize("wrong", [{"version": 0}, {"id": "x" * 129}, {"ubl": "?"}, {"colour": "red"}])
def test_a_record_that_is_not_of_the_contract_is_422(control, wrong):
    assert control.put("/invoices", json=[RECORD | wrong]).status_code == 422


def test_companies_are_listed_and_unlisted(clearfacts, control):
    query = "{ administrations { companyNumber name } }"
    assert control.put("/administrations/0999000228", json={"name": "Steenhorst"}).status_code == 200
    listed = clearfacts.ask(query).json()["data"]["administrations"]
    assert {"companyNumber": "0999000228", "name": "Steenhorst"} in listed
    assert clearfacts.upload(companyNumber="0999000228").json()["data"]
    assert control.delete("/administrations/0999000228").status_code == 204
    assert control.delete("/administrations/0999000228").status_code == 404
    assert [each["companyNumber"] for each in control.get("/administrations").json()] == ["0999000129"]
    assert "errors" in clearfacts.upload(companyNumber="0999000228").json()


def test_scopes_are_taken_away(clearfacts, control):
    assert control.put("/scopes", json=["statistics"]).json() == ["statistics"]
    assert clearfacts.upload().status_code == 403
    assert control.put("/scopes", json=["everything"]).status_code == 422


def test_documents_are_listed_added_changed_and_lost(clearfacts, control):
    uuid = clearfacts.upload().json()["data"]["uploadFile"]["uuid"]
    other = control.post("/documents", json={"companyNumber": "0999000129"}).json()["uuid"]
    assert [(each["uuid"], each["type"]) for each in control.get("/documents").json()][-2:] == [
        (uuid, "SALE"),
        (other, "PURCHASE"),
    ]
    query = f'{{ document(id: "{uuid}") {{ comment }} }}'
    assert control.put(f"/documents/{uuid}", json={"comment": "Paid"}).json()["comment"] == "Paid"
    assert clearfacts.ask(query).json()["data"] == {"document": {"comment": "Paid"}}
    assert control.delete(f"/documents/{uuid}").status_code == 204
    assert "Document not found" in clearfacts.ask(query).text
    assert control.delete(f"/documents/{uuid}").status_code == 404
    assert control.put(f"/documents/{uuid}", json={"comment": None}).status_code == 404


def test_a_document_that_came_by_another_channel_counts_in_the_statistics(clearfacts, control):
    months = 'startPeriod: "2026-01-01", endPeriod: "2035-12-31"'
    query = f'{{ getCompanyStatistics(type: "processing", {months}) {{ items {{ value }} }} }}'

    def counted():
        (company,) = clearfacts.ask(query).json()["data"]["getCompanyStatistics"]
        return sum(item["value"] for item in company["items"])

    before = counted()
    control.post("/documents", json={"companyNumber": "0999000129"})
    assert counted() == before + 1
