"""A record as linked data: its profiles, its documents in every format, and the records nearest to a wrong name."""
