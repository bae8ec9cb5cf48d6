"""What recipients do: open, click, unsubscribe, view in browser. Public, without session."""
