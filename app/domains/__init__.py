"""Sending domains of a workspace: their records, found or not, and the keys that mail is signed with."""
