"""A figure as a value: marks in points, and what writes them as SVG and as PDF."""
