"""Pure functions from arrays to pictures, paths and packed numbers; no gradio, no torch."""
