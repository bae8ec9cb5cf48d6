"""What every domain stands on: database, tenancy, access, unit of work, queue, tokens. No domain words here."""
