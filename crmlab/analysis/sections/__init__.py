"""The parts of the report, one file a theory: each takes the customers and returns a Section."""
