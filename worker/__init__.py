"""Processes behind the web: RQ workers, the scheduler, ingest. They join the product (`app`) and the MTA (`mta`)."""
