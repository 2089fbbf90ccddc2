"""What is otherwise in one run than in another, or in one attempt than in another."""
