"""The command line `digest`."""
