"""The web site over the graph: server-rendered pages that work without JavaScript."""
