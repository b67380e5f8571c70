"""Why an invoice is in its state: stable codes, each with the sentence that people read."""

from enum import StrEnum


class Why(StrEnum):
    """The reason of a transition; a public contract, never renamed."""

    ARRIVED = "arrived"
    ARRIVED_LATE = "arrived_late"
    NEWER_VERSION = "newer_version"
    REPEATS_PREVIOUS_VERSION = "repeats_previous_version"
    CHANGED_WITHOUT_VERSION = "changed_without_version"
    REASSIGNED = "reassigned"
    CHECK_FAILED = "check_failed"
    FINDINGS = "findings"
    COMPANY_NOT_ON_DOCUMENT = "company_not_on_document"
    COMPANY_BY_VAT_ONLY = "company_by_vat_only"
    COMPANY_UNCLEAR = "company_unclear"
    COMPANY_NOT_LISTED = "company_not_listed"
    ROUTE_OFF = "route_off"
    BEFORE_START = "before_start"
    SAME_BYTES = "same_bytes"
    SAME_CONTENT = "same_content"
    OTHER_CONTENT = "other_content"
    DELIVERED_AS_OTHER_VERSION = "delivered_as_other_version"
    CHECKED = "checked"
    NO_LONGER_BLOCKED = "no_longer_blocked"
    CHECK_AGAIN = "check_again"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_DELIVERED = "not_delivered"
    UNKNOWN = "unknown"
    WORKER_DIED = "worker_died"
    LATE_ANSWER = "late_answer"
    RELEASED = "released"
    SEND_AGAIN = "send_again"
    ARRIVED_SEEN = "arrived_seen"
    ALREADY_BOOKED = "already_booked"
    DISMISSED = "dismissed"
    RESTORED = "restored"


SENTENCES: dict[Why, str] = {
    Why.ARRIVED: "Received; not yet checked.",
    Why.ARRIVED_LATE: "A newer version of this invoice had already arrived.",
    Why.NEWER_VERSION: "A newer version of this invoice took its place.",
    Why.REPEATS_PREVIOUS_VERSION: "The source sent the previous version again, unchanged.",
    Why.CHANGED_WITHOUT_VERSION: "The source changed this document without giving it a new version."
    " Which one is right? Release it to forward it, or dismiss it.",
    Why.REASSIGNED: "The source now gives this invoice to another company or direction, without a new version."
    " Whose is it? Release it if it was right at first, or dismiss it.",
    Why.CHECK_FAILED: "The check itself failed, so nobody knows whether it is valid.",
    Why.FINDINGS: "The rules found errors; see the findings.",
    Why.COMPANY_NOT_ON_DOCUMENT: "The document is not addressed to or issued by this company.",
    Why.COMPANY_BY_VAT_ONLY: "Only the VAT number is this company's; the enterprise number is another's."
    " Is it the same VAT unit? Release it if so.",
    Why.COMPANY_UNCLEAR: "Nothing says whose invoice this is: put the file in the folder of its company"
    " and direction, such as 0123456749/purchase.",
    Why.COMPANY_NOT_LISTED: "Clearfacts does not list this company for this account."
    " It is forwarded by itself once the company is listed.",
    Why.ROUTE_OFF: "This company's invoices of this direction are not forwarded (route off).",
    Why.BEFORE_START: "Issued before the date from which invoices are forwarded.",
    Why.SAME_BYTES: "The same document is already here.",
    Why.SAME_CONTENT: "The same invoice is already here; only attachments, notes or layout differ.",
    Why.OTHER_CONTENT: "An invoice with the same number and issuer is already here, with other content."
    " Which one is right? Release it to forward it too, or dismiss it.",
    Why.DELIVERED_AS_OTHER_VERSION: "An earlier version was already forwarded; this one differs."
    " Mend it in Clearfacts, then release, mark as already booked, or dismiss this one.",
    Why.CHECKED: "Checked; may be forwarded.",
    Why.NO_LONGER_BLOCKED: "What stood in its way is gone.",
    Why.CHECK_AGAIN: "To be checked again.",
    Why.CLAIMED: "An upload is on its way.",
    Why.ACCEPTED: "Clearfacts took it and gave a receipt.",
    Why.REFUSED: "Clearfacts refused it.",
    Why.NOT_DELIVERED: "It did not reach Clearfacts; it is tried again.",
    Why.UNKNOWN: "Receipt uncertain: find it in Clearfacts, then confirm or send again.",
    Why.WORKER_DIED: "Receipt uncertain: the upload was cut off. Find it in Clearfacts, then confirm or send"
    " again.",
    Why.LATE_ANSWER: "Clearfacts' receipt arrived late.",
    Why.RELEASED: "Released by a person.",
    Why.SEND_AGAIN: "A person decided to send it again.",
    Why.ARRIVED_SEEN: "A person found it in Clearfacts.",
    Why.ALREADY_BOOKED: "A person says that it is already in the books.",
    Why.DISMISSED: "Closed by a person.",
    Why.RESTORED: "The ledger was set back to an older copy, and this may have been forwarded since."
    " Find it in Clearfacts: if it is not there, release it; if it is, close it.",
}
