"""Makes the plans of `config/plans.toml` known to Stripe: `python -m app.prices`. What is there already stays."""

from __future__ import annotations

from app.billing import gateway
from app.core.site import use_settings
from config.settings import Settings


def main() -> None:
    use_settings(Settings.from_env())
    made = [*gateway.put_plans(), *gateway.put_overage()]
    print("\n".join(made) if made else "Stripe knows all plans already.")


if __name__ == "__main__":
    main()
