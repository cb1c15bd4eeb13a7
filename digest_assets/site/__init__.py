"""The static web site over all days: plain files that open from a folder or any web server, and ask nobody else."""
