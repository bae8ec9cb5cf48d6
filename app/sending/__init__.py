"""The ledger: one row for each recipient of a mailing, from launch to the last final answer."""
