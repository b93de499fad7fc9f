"""`python -m genaug`, for `torchrun -m genaug`."""

from genaug.cli import main

main()
