"""Pages of lists, people, segments, the suppression list and imports."""

from app.lists.routes import audience, databases, fields, imports, many, people, segments, signup, suppressions
from app.lists.routes.door import lists

__all__ = [
    "audience",
    "databases",
    "fields",
    "imports",
    "lists",
    "many",
    "people",
    "segments",
    "signup",
    "suppressions",
]
