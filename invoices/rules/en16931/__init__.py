"""The official EN 16931 rules: what Waybill knows of each beyond whether it fires."""
