"""The audit: every defect that is planted is found, and nothing else is."""
