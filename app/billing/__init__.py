"""Plans, quota and usage of the month."""
