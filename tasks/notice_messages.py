"""Notice messages: what people are told of trouble, with the next step and links, in the language of the settings."""

from dataclasses import replace
from datetime import datetime

from prefect.utilities.urls import url_for
from sqlalchemy import Connection

from db.notices import Trouble, Untold, who_is_needed
from invoices.explain import Language
from invoices.notice_words import SENTENCES
from invoices.notices import Happening, Message, told
from settings import Settings
from tasks.run_ends import harmless, is_of_invoices


def message_of(connection: Connection, untold: Untold, settings: Settings) -> Message:
    """What to tell people now."""
    found, language = untold.trouble, Language(settings.language)
    said, needed = _said(found, language), None
    if found.kind == "people_needed" and untold.says == "trouble":
        needed = who_is_needed(connection, untold.id)
        if not is_of_invoices(found.subject):
            nothing = {"different": 0, "not_checked": 0, "fewer": 0}
            counts = {**nothing, **(needed["counts"] or {})}
            said, needed = SENTENCES[language]["receipts"].format_map(counts), None
    happening = Happening(
        untold.says,
        found.kind,
        found.subject,
        said,
        untold.times,
        untold.told == "trouble",
        untold.untold_since,
        untold.since,
        untold.ended_at,
        needed,
    )
    return _with_links(told(happening, language, _next_step(found)), found, settings)


def message_without_ledger(found: Trouble, at: datetime, settings: Settings) -> Message:
    """What to tell people of trouble that can be noted nowhere."""
    language = Language(settings.language)
    happening = Happening("trouble", found.kind, found.subject, _said(found, language), 1, False, at, at)
    message = told(happening, language, _next_step(found))
    message = replace(message, lines=(*message.lines, SENTENCES[language]["without_ledger"]))
    return _with_links(message, found, settings)


def test_message(settings: Settings) -> Message:
    """A message about nothing, to see whether messages arrive."""
    words = SENTENCES[Language(settings.language)]
    return Message(words["test"], (words["test_line"],))


def _said(found: Trouble, language: Language) -> str | None:
    words = SENTENCES[language]
    if found.kind == "run_cancelled":
        return words["cancelled"]
    if found.kind == "run_stopped" and found.problem == "died":
        return words["died"]
    return harmless(found.said) or words["unknown_end"]


def _next_step(found: Trouble) -> str:
    if found.job_id is None:
        return "`waybill status`"
    if found.kind == "people_needed" and is_of_invoices(found.subject):
        return f"`waybill invoices --needs-person --job {found.job_id}`"
    return f"`waybill jobs {found.job_id}`"


def _with_links(message: Message, found: Trouble, settings: Settings) -> Message:
    words, links = SENTENCES[Language(settings.language)], []
    if found.job_id and settings.public_url:
        links.append((words["job"], f"{settings.public_url}/api/v1/jobs/{found.job_id}"))
    run = url_for("flow-run", obj_id=found.flow_run_id) if found.flow_run_id else None
    if run:
        links.append((words["run"], run))
    return replace(message, links=tuple(links))
