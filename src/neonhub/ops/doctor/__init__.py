"""What is slow in a live database, and why: each finding with the remedy as SQL or a command.

Looking changes nothing. What the login may not see, and what the server does not record, is said
to be unjudged: silence means that it was looked at. The limits from which something counts are
those of ``Limits``.
"""

from __future__ import annotations

from neonhub.ops.doctor.look import Doctor, Finding, Limits, Unjudged
from neonhub.ops.doctor.run import doctor, enable

__all__ = ["Doctor", "Finding", "Limits", "Unjudged", "doctor", "enable"]
