"""Every user choice: digest.yaml as pydantic models, and the environment."""
