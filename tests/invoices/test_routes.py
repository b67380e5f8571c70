"""Routes: the narrowest setting that says something about a property decides it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.policy import Preset
from invoices.routes import Route, RouteSetting, route_for
from invoices.source import Direction

COMPANY, OTHER = "0428759497", "0403019261"
DEFAULTS = Route(True, date(2026, 1, 1), Preset.BALANCED)

FOR_ALL = RouteSetting(None, None, enabled=False)
FOR_SALES = RouteSetting(None, Direction.SALE, enabled=True)
FOR_COMPANY = RouteSetting(COMPANY, None, enabled=False)
FOR_COMPANY_SALES = RouteSetting(COMPANY, Direction.SALE, enabled=True)

settings = st.builds(
    RouteSetting,
    company_number=st.sampled_from([None, COMPANY, OTHER]),
    direction=st.sampled_from([None, *Direction]),
    enabled=st.none() | st.booleans(),
    deliver_from=st.none() | st.dates(),
    preset=st.none() | st.sampled_from(Preset),
)
one_for_each_route = st.lists(settings, unique_by=lambda each: (each.company_number, each.direction))


def sales(*settings):
    return route_for(settings, DEFAULTS, COMPANY, Direction.SALE)


def test_without_settings_the_defaults_hold():
    assert sales() == DEFAULTS


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        (FOR_ALL, FOR_SALES),
        (FOR_SALES, FOR_COMPANY),
        (FOR_COMPANY, FOR_COMPANY_SALES),
    ],
    ids=["a direction over all", "a company over a direction", "a company's direction over the company"],
)
def test_the_narrower_setting_outweighs_the_wider_in_any_order(wider, narrower):
    assert sales(wider, narrower).enabled is narrower.enabled
    assert sales(narrower, wider).enabled is narrower.enabled


def test_each_property_comes_from_the_narrowest_setting_that_has_it():
    start = date(2026, 7, 1)
    wider = RouteSetting(COMPANY, None, enabled=False, deliver_from=start)
    narrower = RouteSetting(COMPANY, Direction.SALE, preset=Preset.STRICT)
    assert sales(wider, narrower) == Route(False, start, Preset.STRICT)


def test_a_route_can_be_turned_off_and_on_again_for_one_direction():
    assert not sales(FOR_COMPANY).enabled
    assert sales(FOR_COMPANY, FOR_COMPANY_SALES).enabled


@given(one_for_each_route)
def test_settings_of_others_change_nothing(settings):
    ours = [each for each in settings if each.covers(COMPANY, Direction.SALE)]
    assert sales(*settings) == sales(*ours)


@pytest.mark.parametrize(
    "setting",
    [RouteSetting(OTHER, None, enabled=False), RouteSetting(None, Direction.PURCHASE, enabled=False)],
    ids=["another company", "the other direction"],
)
def test_a_setting_covers_only_its_company_and_direction(setting):
    assert sales(setting) == DEFAULTS


@given(one_for_each_route, st.randoms())
def test_the_order_of_settings_does_not_matter(settings, random):
    shuffled = random.sample(settings, len(settings))
    assert sales(*shuffled) == sales(*settings)
