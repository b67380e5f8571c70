"""`waybill routes`: which company's invoices are delivered, from when, and by which policy."""

import pytest

COMPANY = "0999000129"


@pytest.fixture(autouse=True)
def _own_ledger(settings, database_url):
    settings.setenv("WAYBILL_DATABASE_URL", database_url.render_as_string(hide_password=False))


def row(company=None, direction=None, **changes):
    return {
        "company_number": company,
        "direction": direction,
        "enabled": None,
        "deliver_from": None,
        "policy": None,
        **changes,
    }


DEFAULTS = row(enabled=True, deliver_from="2026-01-01", policy="balanced")


def test_at_first_there_is_what_holds_for_all(waybill):
    assert waybill.rows("routes") == [DEFAULTS]


def test_what_holds_for_all_follows_the_settings(waybill, settings):
    settings.setenv("WAYBILL_DELIVER_FROM", "2026-07-01")
    settings.setenv("WAYBILL_POLICY", "strict")
    assert waybill.rows("routes") == [{**DEFAULTS, "deliver_from": "2026-07-01", "policy": "strict"}]


def test_without_a_start_date_it_is_the_day_of_the_ledger(waybill, settings, ledger):
    settings.delenv("WAYBILL_DELIVER_FROM")
    assert waybill.rows("routes") == [{**DEFAULTS, "deliver_from": ledger.created_on().isoformat()}]


def test_a_route_is_set_step_by_step(waybill):
    assert waybill("routes", "set", "--company", "BE 0999.000.129", "--off").exit_code == 0
    assert waybill("routes", "set", "--company", COMPANY, "--deliver-from", "2026-07-01").exit_code == 0
    assert waybill("routes", "set", "--direction", "sale", "--policy", "lenient").exit_code == 0
    assert waybill.rows("routes") == [
        DEFAULTS,
        row(direction="SALE", policy="lenient"),
        row(COMPANY, enabled=False, deliver_from="2026-07-01"),
    ]


def test_a_route_is_forgotten_only_as_it_was_set(waybill):
    waybill("routes", "set", "--company", COMPANY, "--direction", "SALE", "--off")
    other = waybill("routes", "forget", "--company", COMPANY)
    assert other.exit_code == 2
    assert "exactly this company and direction" in other.stderr
    assert waybill("routes", "forget", "--company", COMPANY, "--direction", "sale").exit_code == 0
    assert waybill.rows("routes") == [DEFAULTS]


def test_setting_nothing_is_refused(waybill):
    result = waybill("routes", "set", "--company", COMPANY)
    assert result.exit_code == 2
    assert "--on or --off" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--deliver-from", "soon"),
        ("--policy", "relaxed"),
        ("--direction", "both"),
        ("--company", "0999000128"),
    ],
)
def test_what_makes_no_sense_is_refused(waybill, options):
    assert waybill("routes", "set", "--on", *options).exit_code == 2
    assert waybill.rows("routes") == [DEFAULTS]


def test_people_read_a_table(waybill):
    waybill("routes", "set", "--company", COMPANY, "--off")
    heading, default, company = waybill("routes").stdout.splitlines()
    assert heading.split() == ["Company", "Direction", "On", "Issued", "from", "Policy"]
    assert default.split() == ["all", "both", "yes", "2026-01-01", "balanced"]
    assert company.split() == [COMPANY, "both", "no"]
