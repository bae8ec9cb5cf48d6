"""Customers' own databases: connections that are kept, what is in them, rows out of them. Nothing is ever written."""
