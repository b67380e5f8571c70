"""The ledger: what the database holds, and the only code that speaks SQL."""
