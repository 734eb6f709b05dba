"""Places: councils that are alike, initiatives that are alike and why, and where they are on the map."""
