"""The pure heart: words, items, policy, rules, plans. No I/O, no clock, no randomness, no async."""
