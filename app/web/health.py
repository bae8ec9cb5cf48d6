"""Whether this process runs (`/healthz`) and whether it can work (`/readyz`)."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.core.redis import redis

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> tuple[dict[str, str], int]:
    return {"status": "ok"}, 200


@health.get("/readyz")
def ready() -> tuple[dict[str, str], int]:
    """Answer 200 when PostgreSQL and Redis both answer, else 503 with the part that does not."""
    try:
        db.session.execute(sa.text("SELECT 1"))
        redis().ping()
    except SQLAlchemyError:
        return {"status": "unavailable", "part": "database"}, 503
    except RedisError:
        return {"status": "unavailable", "part": "redis"}, 503
    return {"status": "ok"}, 200
