"""Bringing people in: source → decode → table → mapping → validation → staged rows → merge → receipt.

What comes from where is a `Source`; all that follows is the same for each of them.
"""
