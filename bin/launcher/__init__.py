"""What the commands in bin/ do. Nothing here is imported by the service itself."""
