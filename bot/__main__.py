"""`python -m bot` is the `intervisie` command."""

from bot.cli import main

main()
