"""`neonhub db deploy` with another folder of migrations: ``python killed.py FOLDER WORD…``."""

import sys
from pathlib import Path

from neonhub.ops import migrate

migrate.MIGRATIONS = Path(sys.argv.pop(1))

from neonhub.cli.main import main  # noqa: E402

sys.exit(main())
