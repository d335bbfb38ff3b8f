"""One file for each way of handing over."""
