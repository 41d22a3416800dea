"""Measures how fast Duet is, and how much memory it takes: `python -m fusion.bench`.

Every duration stands beside a yardstick that was measured in the same run, so that the ratios mean
the same on another machine. Accuracy is measured elsewhere: `python -m fusion.training evaluate`.
"""
