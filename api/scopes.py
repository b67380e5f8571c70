"""Who may call what: scopes, the roles that have them, and the scope that each route asks for."""

from enum import StrEnum


class Role(StrEnum):
    """What an account or an API key is."""

    ADMIN = "admin"
    USER = "user"
    SERVICE = "service"


class Scope(StrEnum):
    """What a caller may do; a route asks for one, a role or an API key has several."""

    READ_INVOICES = "invoices:read"
    DECIDE = "invoices:decide"
    READ_JOBS = "jobs:read"
    REQUEST_RUNS = "jobs:request"
    VALIDATE = "validate"
    OPERATE = "operate"
    """See metrics and try the connections to the outside."""
    ADMINISTER = "admin"
    """Accounts and API keys."""


_OF_USERS = frozenset(
    {Scope.READ_INVOICES, Scope.DECIDE, Scope.READ_JOBS, Scope.REQUEST_RUNS, Scope.VALIDATE}
)

SCOPES: dict[Role, frozenset[Scope]] = {
    Role.ADMIN: frozenset(Scope),
    Role.USER: _OF_USERS,
    # The most that a service's key may be given; each key names its own.
    Role.SERVICE: frozenset(Scope) - {Scope.ADMINISTER},
}
"""The scopes of each role."""

PUBLIC = None
"""Of a route that asks nobody who they are."""

ROUTES: dict[tuple[str, str], Scope | None] = {
    ("POST", "/api/v1/invoices/process"): Scope.REQUEST_RUNS,
    ("POST", "/api/v1/invoices/{invoice_id}/resolve"): Scope.DECIDE,
    ("POST", "/api/v1/validate"): Scope.VALIDATE,
    ("GET", "/api/v1/invoices"): Scope.READ_INVOICES,
    ("GET", "/api/v1/invoices/history"): Scope.READ_INVOICES,
    ("GET", "/api/v1/invoices/{invoice_id}"): Scope.READ_INVOICES,
    ("GET", "/api/v1/invoices/{invoice_id}/document"): Scope.READ_INVOICES,
    ("GET", "/api/v1/invoices/status/{job_id}"): Scope.READ_JOBS,
    ("GET", "/api/v1/jobs"): Scope.READ_JOBS,
    ("GET", "/api/v1/jobs/{job_id}"): Scope.READ_JOBS,
    ("POST", "/api/v1/jobs/{job_id}/retry"): Scope.REQUEST_RUNS,
    ("GET", "/api/v1/admin/health"): Scope.OPERATE,
    ("GET", "/api/v1/admin/metrics"): Scope.OPERATE,
    ("POST", "/api/v1/admin/test-connection"): Scope.OPERATE,
    ("POST", "/api/v1/webhooks/java-backend"): PUBLIC,
    ("POST", "/api/v1/auth/token"): PUBLIC,
    ("POST", "/api/v1/auth/refresh"): PUBLIC,
    ("POST", "/api/v1/auth/logout"): PUBLIC,
    ("GET", "/api/v1/admin/users"): Scope.ADMINISTER,
    ("POST", "/api/v1/admin/users"): Scope.ADMINISTER,
    ("GET", "/api/v1/admin/users/{user_id}"): Scope.ADMINISTER,
    ("PATCH", "/api/v1/admin/users/{user_id}"): Scope.ADMINISTER,
    ("DELETE", "/api/v1/admin/users/{user_id}"): Scope.ADMINISTER,
    ("POST", "/api/v1/admin/users/{user_id}/enable"): Scope.ADMINISTER,
    ("GET", "/api/v1/admin/api-keys"): Scope.ADMINISTER,
    ("POST", "/api/v1/admin/api-keys"): Scope.ADMINISTER,
    ("DELETE", "/api/v1/admin/api-keys/{key_id}"): Scope.ADMINISTER,
    ("GET", "/api/v1/admin/security-events"): Scope.ADMINISTER,
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/problems"): PUBLIC,
    ("GET", "/problems/{code}"): PUBLIC,
}
"""The scope that each route asks for, by method and path; a route that is not here is not served."""
