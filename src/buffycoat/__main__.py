"""`python -m buffycoat`."""

import sys

from buffycoat.cli import main

sys.exit(main())
