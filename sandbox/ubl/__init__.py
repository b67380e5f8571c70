"""Invoices of our own making: a typed description, its arithmetic, and its UBL 2.1 document."""
