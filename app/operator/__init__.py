"""The console of those who run the service: workspaces, queues, mail traffic, checks. Above all domains."""
