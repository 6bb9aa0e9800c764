"""Terms: a course, its students, and what is built for them."""
