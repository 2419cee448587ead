"""Everything that freezes or removes a steering pack."""
