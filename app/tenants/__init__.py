"""Workspaces: sign-up, accounts, members and roles, settings of the workspace."""
