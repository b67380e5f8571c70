"""How the ledger's schema came to be, one file a step, each with its way back."""
