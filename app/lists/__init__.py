"""The audience: contacts, lists, subscriptions with consent, imports, suppression."""
