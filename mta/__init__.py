"""The delivery engine: takes batches from Redis, merges, signs and sends them by SMTP, and writes down every answer.

It stands alone: it knows its own contract (`contract.py`), Redis and SMTP, and nothing of the product.
"""
