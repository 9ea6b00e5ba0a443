"""The command line: parse, call, report, exit code. One file per verb; nothing heavy imported."""
