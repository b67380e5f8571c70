"""Routes and their defaults, as the ledger keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from invoices.policy import Preset
from invoices.routes import Route, RouteSetting, route_for
from invoices.source import Direction


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes in force: what was set, over what is taken for granted."""

    settings: tuple[RouteSetting, ...]
    defaults: Route

    def route(self, company_number: str, direction: Direction) -> Route:
        """The route of a company and direction."""
        return route_for(self.settings, self.defaults, company_number, direction)


def routes(connection: Connection, deliver_from: date | None, preset: Preset) -> Routes:
    """The routes, with defaults from the settings; without a start date, the day the ledger was made (UTC)."""
    created: date = connection.execute(
        text("SELECT (created_at AT TIME ZONE 'UTC')::date FROM ledger")
    ).scalar_one()
    return Routes(tuple(route_settings(connection)), Route(True, deliver_from or created, preset))


def route_settings(connection: Connection) -> Sequence[RouteSetting]:
    """What people set, widest first."""
    rows = connection.execute(
        text(
            "SELECT company_number, direction, enabled, deliver_from, preset FROM route"
            " ORDER BY company_number NULLS FIRST, direction NULLS FIRST"
        )
    )
    return [
        RouteSetting(
            row.company_number,
            Direction(row.direction) if row.direction else None,
            row.enabled,
            row.deliver_from,
            Preset(row.preset) if row.preset else None,
        )
        for row in rows
    ]


_SET_ROUTE = text("""
INSERT INTO route (company_number, direction, enabled, deliver_from, preset)
VALUES (:company_number, :direction, :enabled, :deliver_from, :preset)
ON CONFLICT (company_number, direction) DO UPDATE SET
    enabled = coalesce(excluded.enabled, route.enabled),
    deliver_from = coalesce(excluded.deliver_from, route.deliver_from),
    preset = coalesce(excluded.preset, route.preset)
""")


def set_route(connection: Connection, setting: RouteSetting) -> None:
    """Set what `setting` says; what it leaves open stays as it was."""
    connection.execute(
        _SET_ROUTE,
        {
            "company_number": setting.company_number,
            "direction": setting.direction,
            "enabled": setting.enabled,
            "deliver_from": setting.deliver_from,
            "preset": setting.preset,
        },
    )


def forget_route(connection: Connection, company_number: str | None, direction: Direction | None) -> bool:
    """Take back what was set for exactly this company and direction; False if nothing was."""
    removed = connection.execute(
        text(
            "DELETE FROM route WHERE company_number IS NOT DISTINCT FROM :company_number"
            " AND direction IS NOT DISTINCT FROM :direction"
        ),
        {"company_number": company_number, "direction": direction},
    )
    return removed.rowcount > 0
