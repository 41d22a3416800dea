"""The shapes dataset: scenes, how they look, and what can be asked about them."""
