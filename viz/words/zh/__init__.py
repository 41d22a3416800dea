"""The words in Simplified Chinese."""
