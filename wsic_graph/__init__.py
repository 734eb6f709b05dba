"""The Whole System Integrated Care toolkit as a knowledge graph with a query service."""

__version__ = "0.1.0"
