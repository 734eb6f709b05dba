"""Search over every record, and the lists of each kind: an index and facets made from the graph by saved queries."""
