"""The schema, step by step (alembic)."""
