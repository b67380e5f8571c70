"""Artefacts: official rules as files, installed or added by an operator, compiled once and kept."""
