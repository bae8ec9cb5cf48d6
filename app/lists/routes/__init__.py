"""Pages of lists, people, the suppression list and imports."""

from app.lists.routes import audience, imports, people, suppressions
from app.lists.routes.door import lists

__all__ = ["audience", "imports", "lists", "people", "suppressions"]
