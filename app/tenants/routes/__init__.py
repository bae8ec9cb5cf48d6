"""Pages: of the site, at a workspace's door, of its settings, and of the operator."""
