"""The ledger's tables as SQLAlchemy sees them; constraints, indexes and triggers stand in `migrations/`."""

from db.models import access, history, messages, pipeline
from db.models.metadata import METADATA

__all__ = ["METADATA", "access", "history", "messages", "pipeline"]
