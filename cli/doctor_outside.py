"""What `waybill doctor` looks at outside: Prefect, the source, Clearfacts, webhooks, where news go, and the clock."""

import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import yaml
from sqlalchemy import Connection

from cli.doctor_ledger import ledger_of
from cli.examination import Finding, Step, ok, problem, unknown
from cli.prefect_now import prefect_url
from cli.status_words import long
from clients.clock import ClockUnknown, seconds_ahead
from clients.errors import DestinationRefused, OutsideError
from clients.notification_blocks import Letter, NotTold
from clients.prefect_outlook import Deployed, Outlook, OutlookUnavailable, look_ahead
from db import condition
from settings import Settings
from tasks.notice_messages import test_message
from tasks.notify import channels_of
from tasks.trying import Seen, in_haste, try_companies, try_page, try_source, try_token
from tasks.workbench import open_destination

_CALL_SECONDS = 5.0
_TOKEN_CHARACTERS = 80
_MOST_SKEW_SECONDS = 10.0
_LATE_SECONDS = 3600.0
_SCOPES = "Give the token the scopes upload_document, read_administrations and statistics."


def steps(settings: Settings, *, send_test: bool) -> list[Step]:
    """All of them, in the order in which they build on each other."""
    return [
        Step("prefect", lambda: _prefect(settings)),
        Step("prefect-deployments", lambda: _deployments(settings), ["prefect"]),
        Step("prefect-schedules", lambda: _schedules(settings), ["prefect-deployments"]),
        Step("source", lambda: _source(settings)),
        Step("source-token", lambda: _page(settings), ["source"], mend="Mend WAYBILL_JAVA_BACKEND_TOKEN."),
        Step("clearfacts-token", lambda: _token(settings)),
        Step("clearfacts-companies", lambda: _companies(settings), ["clearfacts-token"], mend=_SCOPES),
        Step("clearfacts-scopes", lambda: _scopes(settings), ["clearfacts-companies"]),
        Step("notices", lambda: _notices(settings, send_test=send_test), seconds=60),
        Step("webhook", lambda: _webhook(settings)),
        Step("clock-database", ledger_of(settings).look(_database_clock), ["database"]),
        Step("clock-clearfacts", lambda: _clearfacts_clock(settings)),
    ]


def _outlook(settings: Settings) -> Outlook:
    url = prefect_url(settings.data_dir)
    if url is None:
        raise OutlookUnavailable("No server is named or runs here.")
    return look_ahead(url, _CALL_SECONDS)


def _prefect(settings: Settings) -> Finding:
    if prefect_url(settings.data_dir) is None:
        return unknown(
            "PREFECT_API_URL is not set, and no `waybill up` runs here.",
            "Start `waybill up`, which brings a Prefect server, or set PREFECT_API_URL to yours; ask again then.",
        )
    try:
        found = _outlook(settings)
    except OutlookUnavailable as unavailable:
        return problem(
            f"The Prefect server cannot be used. {unavailable}", "Start it, or mend PREFECT_API_URL."
        )
    if found.server_version != found.client_version:
        return problem(
            f"The Prefect server has version {found.server_version}, Waybill works with {found.client_version}.",
            f"Install Prefect {found.client_version} on the server.",
        )
    return ok(f"The Prefect server answers, version {found.server_version}.")


def _deployments(settings: Settings) -> Finding:
    from flows.deployments import DEFINITIONS  # noqa: PLC0415 - it imports Prefect

    wanted = {each["name"] for each in yaml.safe_load(DEFINITIONS.read_text())["deployments"]}
    found = _outlook(settings).deployments
    if missing := sorted(wanted - {each.name for each in found}):
        return problem(
            f"These deployments are missing: {', '.join(missing)}.",
            "Start `waybill up`, or run `waybill deploy`.",
        )
    if idle := sorted(each.name for each in found if not each.is_ready):
        return problem(
            f"Nobody asks for work of {', '.join(idle)}.",
            "Start `waybill up`, or a worker of their work pool.",
            "What is asked for or due stays late.",
        )
    return ok(f"{len(found)} deployments are there, and somebody runs them.")


def _schedules(settings: Settings) -> Finding:
    found = _outlook(settings)
    if off := sorted(each.name for each in found.deployments if not _is_on(each)):
        return problem(
            f"Schedules are off, or there are none: {', '.join(off)}.",
            "Switch them on in Prefect's UI, or deploy again.",
        )
    if not found.next_runs:
        return unknown(
            "The schedules are on, and no run is planned yet.",
            "Ask again in a minute; if none is then, the server's scheduler does not work: see its log.",
        )
    late = [each for each in found.next_runs if (datetime.now(UTC) - each.at).total_seconds() > _LATE_SECONDS]
    if late:
        return problem(
            f"Runs are late: {', '.join(sorted(each.deployment for each in late))}.",
            "Look whether `waybill up` or the workers have room: one run of each goes at a time.",
        )
    planned = "; ".join(f"{each.deployment} {each.at:%Y-%m-%d %H:%M} UTC" for each in found.next_runs)
    return ok(f"The schedules are on. Next: {planned}.")


def _is_on(deployed: Deployed) -> bool:
    return not deployed.paused and deployed.schedules == deployed.active_schedules > 0


def _source(settings: Settings) -> Finding:
    try:
        found = try_source(settings, _CALL_SECONDS)
    except OutsideError as error:
        return problem(str(error), "Start it, or mend WAYBILL_JAVA_BACKEND_URL.")
    return _of(found, "Mend WAYBILL_FOLDER_PATH, or the rights of the folder.")


def _page(settings: Settings) -> Finding:
    return _of(try_page(settings, _CALL_SECONDS), "Look at what the source says.")


def _token(settings: Settings) -> Finding:
    mend = "Make a personal access token in Clearfacts, and set WAYBILL_CLEARFACTS_TOKEN."
    try:
        found = _of(try_token(settings, _CALL_SECONDS), mend)
    except DestinationRefused as refused:
        found = problem(str(refused), mend)
    characters = len(settings.clearfacts_token.get_secret_value())
    if characters not in {0, _TOKEN_CHARACTERS}:
        unusual = f"It has {characters} characters, where a personal access token has {_TOKEN_CHARACTERS}."
        return Finding(found.verdict, found.says, unusual, found.mend)
    return found


def _companies(settings: Settings) -> Finding:
    known = ledger_of(settings).companies()
    found = try_companies(settings, known or [], _CALL_SECONDS)
    if known is None:
        return unknown(f"{found.says.partition(' All ')[0]} Which the ledger knows could not be looked up.")
    return _of(found, "Give the token's user access to them in Clearfacts, or switch their routes off.")


def _scopes(settings: Settings) -> Finding:
    """Clearfacts tells no scopes; those for questions show when they are asked, that for uploads with an upload."""
    client = open_destination(in_haste(settings, _CALL_SECONDS))
    today = datetime.now(UTC).date()
    try:
        client.statistics(today.replace(day=1), today)
    except DestinationRefused as refused:
        return problem(
            f"The token lacks the scope statistics, as it seems: {refused}",
            _SCOPES,
            "`waybill reconcile` cannot compare monthly counts.",
        )
    finally:
        client.close()
    at = ledger_of(settings).last_accepted_at()
    shown = f"an upload was last taken at {at:%Y-%m-%d %H:%M} UTC" if at else "it shows with the first upload"
    return ok(
        "The token has the scopes read_administrations and statistics.", f"As for upload_document: {shown}."
    )


def _of(seen: Seen, mend: str) -> Finding:
    return ok(seen.says) if seen.well else problem(seen.says, mend)


def _notices(settings: Settings, *, send_test: bool) -> Finding:
    channels = channels_of(settings)
    if not channels:
        return ok(
            "No channel is set.",
            "Nobody is told of trouble; WAYBILL_SLACK_WEBHOOK_URL or WAYBILL_NOTIFICATION_BLOCKS name where.",
        )
    named = ", ".join(each.name for each in channels)
    if not send_test:
        return unknown(f"Nothing was sent to {named}.", "`waybill doctor --send-test` sends each a message.")
    message = test_message(settings)
    failed = []
    for channel in channels:
        try:
            channel.send(Letter(message.title, message.lines, message.links))
        except NotTold as error:
            failed.append(f"{channel.name}: {error}")
    if failed:
        return problem(
            f"A test message was not taken by {' '.join(failed)}",
            "Mend WAYBILL_SLACK_WEBHOOK_URL, or the block on the Prefect server (PREFECT_API_URL).",
        )
    return ok(f"A test message was taken by {named}.")


def _webhook(settings: Settings) -> Finding:
    if settings.webhook_url is None:
        return ok("No webhook is set.", "The ERP is not told how its invoices fare, but by acknowledgements.")
    at = urlsplit(settings.webhook_url)
    port = at.port or {"https": 443}.get(at.scheme, 80)
    try:
        socket.create_connection((at.hostname or "", port), _CALL_SECONDS).close()
    except OSError as error:
        return problem(
            f"{at.hostname}, port {port}, cannot be reached: {error.strerror or type(error).__name__}.",
            "Mend WAYBILL_WEBHOOK_URL, or what keeps this machine from reaching it.",
        )
    return ok(
        f"{at.hostname}, port {port}, takes connections.",
        "No message was sent; whether it takes ours shows with the first (`waybill status`).",
    )


def _database_clock(connection: Connection) -> Finding:
    before = datetime.now(UTC)
    theirs = condition.server(connection).now
    middle = before + (datetime.now(UTC) - before) / 2
    return _skew((middle - theirs).total_seconds(), "the database's")


def _clearfacts_clock(settings: Settings) -> Finding:
    try:
        ahead = seconds_ahead(settings.clearfacts_login_url, _CALL_SECONDS)
    except ClockUnknown as nothing:
        return unknown(f"Clearfacts does not tell its time. {nothing}")
    return _skew(ahead, "Clearfacts'")


def _skew(ahead: float, whose: str) -> Finding:
    by = abs(ahead)
    says = f"This machine's clock is {long(by)} {'ahead of' if ahead > 0 else 'behind'} {whose}."
    if by > _MOST_SKEW_SECONDS:
        return problem(
            says, "Let both keep to a time server (NTP).", "Signatures, tokens and times in reports go wrong."
        )
    return ok(f"This machine's clock agrees with {whose}." if by < 1 else says)
