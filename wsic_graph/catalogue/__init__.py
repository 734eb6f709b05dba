"""The graph as others take it in: the catalogue, statistics, dumps, collections, and the history of its records."""
