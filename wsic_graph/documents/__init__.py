"""Documents to take away: what a page says, as a file for a word processor."""
