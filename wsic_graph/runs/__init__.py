"""Calculations that are kept: what went in, with which data, and what came out."""
