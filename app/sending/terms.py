"""The enums of sending, for domains that may not import its tables."""

from app.sending.models import BounceClass, DeliveryState, Lane, LaunchState

__all__ = ["BounceClass", "DeliveryState", "Lane", "LaunchState"]
