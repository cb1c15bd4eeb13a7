"""`python -m digest_assets.cli`: the same as `digest`."""

from digest_assets.cli.app import main

if __name__ == "__main__":
    main()
