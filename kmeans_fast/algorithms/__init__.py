"""What to run and when, on validated arrays: algorithms, seeding, stopping, restarts, history."""
