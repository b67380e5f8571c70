"""Belgian practice: rules of our own for documents with a Belgian seller or buyer.

They never repeat what EN 16931 or Peppol says of the same fact in the same document. All are warnings, but
for those of what would be entered the wrong way round.
"""

from invoices.rules.belgium import direction, identifiers, payment
from invoices.rules.rule import Table

BELGIAN: tuple[Table, ...] = (identifiers.TABLE, payment.TABLE, direction.TABLE, direction.WITHOUT_PEPPOL)
"""What is asked of a document with a Belgian seller or buyer."""
