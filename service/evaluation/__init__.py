"""Evaluation: how good the choosing is, measured on data that was held out, and in a simulation."""
