"""Work in processes of its own: bounded by the operating system, at most so many at once."""
