"""The workspace's pictures: uploaded once, used in many mails, served from its own host."""
