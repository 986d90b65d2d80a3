"""What both vendors' authorization servers have in common: requests, codes, signing keys, redirections, pages for people."""
