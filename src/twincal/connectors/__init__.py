"""How Twincal speaks to the services outside; every connector implements the ports."""
