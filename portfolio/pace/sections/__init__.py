"""The sections of Pace, one module each: it counts, words what it counted, and shapes it for the API."""
