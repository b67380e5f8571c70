"""What Prefect runs: one file per deployment."""
