"""`python -m barbelo.db.migrations`: run what is pending on BARBELO_DATABASE_URL, and end."""

import asyncio
import os

from barbelo.db.migrations.run import migrate

asyncio.run(migrate(os.environ["BARBELO_DATABASE_URL"]))
