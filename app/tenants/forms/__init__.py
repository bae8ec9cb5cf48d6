"""The shape of what people send on the pages of this domain."""
