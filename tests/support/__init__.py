"""What tests share: real servers, fresh workspaces."""
