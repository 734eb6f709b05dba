"""The ledger: what the community adds to the release, who said so and who accepted it."""
