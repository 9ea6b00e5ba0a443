"""Readings, verdicts and changes as text for people and as JSON for machines.

Decides wording and order, nothing else.
"""
