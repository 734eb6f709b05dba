"""The benefits map as it is shown: read from the graph, narrowed, drawn, and written as files."""
