"""What the pilots say only together: findings across the portfolio, computed when asked for, never stored."""
