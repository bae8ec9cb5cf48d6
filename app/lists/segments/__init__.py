"""Segments: people by a rule. Conditions as a tree or as SQL, over views whose names and columns are documented."""
