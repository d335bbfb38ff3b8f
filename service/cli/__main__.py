"""Run the command line as `python -m service.cli`, where the script is not on the path."""

from service.cli.app import main

main()
