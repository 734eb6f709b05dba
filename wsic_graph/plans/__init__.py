"""Plans for an area: drafted from the graph, edited by people, checked, and taken away as data and as a workbook."""
