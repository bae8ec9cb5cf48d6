"""What all pages share: the table of blueprints with their guards, error pages, base templates, static files."""
