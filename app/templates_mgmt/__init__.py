"""Templates that mails are started from."""
