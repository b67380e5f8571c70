"""The subject matter of Waybill: UBL invoices, their rules, identity and lifecycle; no I/O, SQL or Prefect."""
