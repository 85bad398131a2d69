"""Where the rows of a fit are: a class for each place, each with the interface `base.Executor`."""
