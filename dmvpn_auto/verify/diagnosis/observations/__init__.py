"""The named facts that rules are made of: what interfaces, SAs, counters and tables say."""
