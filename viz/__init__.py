"""All showing: arrays and results in, pictures and components out."""
