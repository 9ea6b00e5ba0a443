"""The command line: parse arguments, call, report, exit code. One file per verb, nothing heavy imported here."""
