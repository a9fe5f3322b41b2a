"""Pipecat's runner without a function for it to call."""

from pipecat.runner.run import main

if __name__ == "__main__":
    main()
