import os
import subprocess
import sys

import pytest

_FREED = """
import resource, sys
from buffycoat.prediction.memory import keep_memory
kept = keep_memory()
import numpy as np
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(20_000_000)
before = faults()
for _ in range(5):
    np.ones(20_000_000)
print(kept, faults() - before)
"""


def _run(**environment):
    said = subprocess.run(
        [sys.executable, "-c", _FREED],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    kept, faults = said.stdout.split()
    return kept == "True", int(faults)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone has mallopt")
def test_a_block_that_was_freed_is_used_again_without_new_pages():
    kept, faults = _run()
    _, faults_otherwise = _run(BUFFYCOAT_KEEP_MEMORY="0")
    if not kept:
        pytest.skip("this C library has no mallopt")
    assert faults < 100 < faults_otherwise


def test_it_can_be_switched_off():
    assert _run(BUFFYCOAT_KEEP_MEMORY="0")[0] is False
