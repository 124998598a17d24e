"""What others published: reconstruction of patients, consistency of printed numbers."""
