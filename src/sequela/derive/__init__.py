"""What the clinic calls it: drugs, lines, biomarkers, response, events, endpoints, baseline."""
