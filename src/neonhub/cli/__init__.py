"""The command line: ``neonhub GROUP COMMAND`` is ``cli/<group>/<command>.py``, one command a file.

A command without a group (``neonhub version``) is in ``cli/top/``. Every such module defines one
function, ``command``, and has its line in ``cli/commands.py``.
"""
