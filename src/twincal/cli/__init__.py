"""The command line: reads what was typed, asks the service, lays out the answer."""
