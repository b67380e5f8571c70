"""Stages of the pipeline: a chunk of invoices in, a chunk out."""
