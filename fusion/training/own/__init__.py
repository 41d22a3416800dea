"""Training on a data set on disk: options, data, one model on pixels and words, the run."""
