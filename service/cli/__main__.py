"""Start the command line, by `podbrief` or `python -m service.cli`."""

import os


def main() -> None:
    """Set what must stand in the environment before numpy is loaded, then run the command."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: more threads only spin
    from service.cli.app import main as run

    run()


if __name__ == "__main__":
    main()
