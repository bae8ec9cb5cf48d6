"""Writing a mail and saying when it goes, to whom."""
