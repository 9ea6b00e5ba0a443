"""The commands of IOS as tables: one module per family, lines in running-config order."""
