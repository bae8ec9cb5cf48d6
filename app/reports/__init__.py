"""What became of it: dashboard, status, report pages, charts, the delivery report mail."""
