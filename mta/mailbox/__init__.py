"""The catch-all mailbox of a development machine: takes every mail, sends none on, and shows it on a web page.

It listens and answers on loopback only. Some addresses are refused, so that bounces can be seen: see `smtp.py`.
"""
