"""The sandbox's Clearfacts."""
