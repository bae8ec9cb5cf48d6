"""What programs may do in a workspace: the keys they come with, and the interface they come to."""
