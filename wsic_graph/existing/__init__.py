"""What an area provides already, held against the benefits map: coverage, gaps, duplication, what leads nowhere."""
