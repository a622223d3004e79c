"""The sections of docs/results.md, a module for what belongs together."""
