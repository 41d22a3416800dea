"""How people word questions: templates per language, and the words that fill them."""
