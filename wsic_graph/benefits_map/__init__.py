"""The benefits map: which interventions contribute how much to which outcomes, made from the graph at the build."""
