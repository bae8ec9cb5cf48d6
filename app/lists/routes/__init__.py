"""Pages of lists, people, the suppression list and imports."""

from app.lists.routes import audience, fields, imports, many, people, signup, suppressions
from app.lists.routes.door import lists

__all__ = ["audience", "fields", "imports", "lists", "many", "people", "signup", "suppressions"]
