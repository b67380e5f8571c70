"""The sandbox's Java backend."""
