"""Items: one invoice as lists and details show it, made by PostgreSQL as JSON."""

from invoices.lifecycle import NEEDS_PERSON, State

OUTWARD: dict[State, str] = {
    **{state: state.value for state in State},
    **dict.fromkeys((State.RECEIVED, State.READY, State.COULD_NOT_CHECK, State.SENDING), "pending"),
    State.INVALID: "failed",
}
"""The names of the states in the contract of the service before this one."""


def _in_states(states: frozenset[State]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


_STATUS = "CASE i.state {} ELSE i.state END".format(
    " ".join(f"WHEN '{state}' THEN '{name}'" for state, name in OUTWARD.items() if state.value != name)
)

# What stands in its way may be another company's, of which nothing is told.
ITEM = f"""
i.id, i.source, i.source_id, i.version, nullif(i.by_number, '') AS number, i.company_number, i.direction,
i.type_code AS type, i.state, {_STATUS} AS status, v.verdict,
(SELECT b.id FROM invoice b WHERE b.id = i.blocked_by) AS blocked_by, i.reason, i.receipt,
d.sha256 AS document_sha256, i.issue_date, i.currency, i.payable_amount::text AS amount,
json_build_object('name', i.supplier_name, 'number', i.supplier_number) AS supplier,
jsonb_array_length(i.findings) + coalesce(jsonb_array_length(v.findings), 0) AS findings_count,
i.state IN ({_in_states(NEEDS_PERSON)}) AS needs_person, i.created_at, i.updated_at
"""
"""The fields of an item, of invoice i with document d and verdict v."""

OTHER = f"""
SELECT json_build_object('id', {{0}}.id, 'number', nullif({{0}}.by_number, ''), 'company_number', {{0}}.company_number,
    'direction', {{0}}.direction, 'state', {{0}}.state, 'status', {_STATUS.replace("i.state", "{0}.state")},
    'issue_date', {{0}}.issue_date, 'currency', {{0}}.currency, 'amount', {{0}}.payable_amount::text)
"""
"""Another invoice in brief, as JSON; to be formatted with its name."""
