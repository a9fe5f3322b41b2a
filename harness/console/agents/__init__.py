"""The Agents page: the list, the card, the form and the test of an agent."""
