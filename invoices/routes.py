"""Routes: per company and direction, whether invoices are delivered, from which date, and by which policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from invoices.policy import Preset
from invoices.source import Direction


@dataclass(frozen=True, slots=True)
class RouteSetting:
    """What a person set for a company and direction; None means: for all, or as the wider setting has it."""

    company_number: str | None
    direction: Direction | None
    enabled: bool | None = None
    deliver_from: date | None = None
    preset: Preset | None = None

    def covers(self, company_number: str, direction: Direction) -> bool:
        """Whether this setting speaks of that company and direction."""
        return self.company_number in {None, company_number} and self.direction in {None, direction}

    def narrowness(self) -> tuple[bool, bool]:
        """Sort key: a company's setting outweighs one for all, then a direction's one for both."""
        return (self.company_number is not None, self.direction is not None)


@dataclass(frozen=True, slots=True)
class Route:
    """A company and direction, on or off, from a date of issue, under a policy."""

    enabled: bool
    deliver_from: date
    preset: Preset


def route_for(
    settings: Iterable[RouteSetting], defaults: Route, company_number: str, direction: Direction
) -> Route:
    """The route in force: each property from the narrowest setting that has it, else from `defaults`."""
    enabled, deliver_from, preset = defaults.enabled, defaults.deliver_from, defaults.preset
    covering = (setting for setting in settings if setting.covers(company_number, direction))
    for setting in sorted(covering, key=RouteSetting.narrowness):
        enabled = enabled if setting.enabled is None else setting.enabled
        deliver_from = setting.deliver_from or deliver_from
        preset = setting.preset or preset
    return Route(enabled, deliver_from, preset)
