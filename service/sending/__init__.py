"""Handing over: claim a wave, send it, settle it, recover what was cut."""
