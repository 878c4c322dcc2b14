"""Every person's server reads this: the last thing it does is become report.py."""
import atexit
import os
import sys

# Registered first, so called last. The process stays the same process, with all it has used:
# exec only takes the server's memory from it, so that this is paid before the report.
program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "report.py")
atexit.register(os.execv, sys.executable, [sys.executable, "-IS", program])
