"""Is there anything the tests would not notice? Changed rows of the rule tables, and planted bugs in engine and connectors."""
