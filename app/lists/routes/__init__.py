"""Pages of lists, people, the suppression list and imports."""

from app.lists.routes import audience, fields, imports, people, suppressions
from app.lists.routes.door import lists

__all__ = ["audience", "fields", "imports", "lists", "people", "suppressions"]
