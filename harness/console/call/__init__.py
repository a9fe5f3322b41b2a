"""The Call page: set-up, the live call in cards and charts, a person in it, and what follows."""
