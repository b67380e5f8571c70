"""The facade: asks the ledger or a flow run, over HTTP, for people and programs that may."""
