"""Configuration: settings from the environment, logging, process files. Imports nothing of ours."""
