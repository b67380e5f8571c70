"""The demo's invoices: what an accountant's ordinary year brings, and one of each thing that goes wrong."""

from sandbox.demo.companies import DEMO_ADMINISTRATIONS
from sandbox.demo.feed import BROKEN_SOURCE_IDS, DEMO_DELIVER_FROM, demo_records

__all__ = ["BROKEN_SOURCE_IDS", "DEMO_ADMINISTRATIONS", "DEMO_DELIVER_FROM", "demo_records"]
