"""The page, one Gradio panel per file; presenter and markup are pure and import no gradio."""
