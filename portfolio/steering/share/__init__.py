"""Links that show some of a pack to people without an account: off until an administrator allows them."""
