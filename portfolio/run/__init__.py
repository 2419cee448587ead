"""`make run`: from a bare checkout to web, worker and beat under one foreground process."""
