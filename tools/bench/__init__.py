"""`./dev bench`: what a sync costs in requests, instructions of the client, memory and bytes, beside floors and a reference."""
