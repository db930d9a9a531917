"""Two sides of anything on the same families: what differs, and how sure that is."""
