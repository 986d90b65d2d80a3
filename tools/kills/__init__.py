"""`./dev kills`: real processes on real sockets, killed and frozen at random moments."""
