"""The links that lead out of the published graph: asked now and then whether they still work."""
