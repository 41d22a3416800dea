"""Training and measuring: recipes, stages, the loop, the exam and its tables."""
