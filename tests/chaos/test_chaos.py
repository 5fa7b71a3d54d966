# SPDX-License-Identifier: Apache-2.0
"""Killed at any moment: jobs that SIGKILL ends, a rank of them, all, or mpirun, at an instant of the clock or before
one of their calls to the system.  PATRON_CHAOS_SEED gives the seed of a campaign that is to be run again,
PATRON_CHAOS_KILLS the number of kills, PATRON_CHAOS_ROUND one round alone."""
import os
import secrets
import sys
import unittest

from patron_test import SOURCE, PatronTest, by_tier

sys.path.insert(0, str(SOURCE / "tests/chaos"))
from campaign import Campaign  # noqa: E402
from chaos_jobs import make_inputs  # noqa: E402

SEED = os.environ.get("PATRON_CHAOS_SEED", str(secrets.randbelow(10**6)))
KILLS = int(os.environ.get("PATRON_CHAOS_KILLS", by_tier(6, 300)))


class Chaos(PatronTest):
    def test_killed_at_any_moment(self):
        inputs, folder = self.folder / "inputs", self.folder / "work"
        inputs.mkdir()
        folder.mkdir()
        make_inputs(inputs)
        campaign = Campaign(folder, inputs, SEED)
        if "PATRON_CHAOS_ROUND" in os.environ:
            self.assertGreater(campaign.round(int(os.environ["PATRON_CHAOS_ROUND"])), 0)
            return
        kills = number = 0
        while kills < KILLS:
            kills += campaign.round(number)
            number += 1
            self.assertLess(number, 10 + 2 * KILLS, "too few kills meet a run")
        print(f"seed {SEED}: {kills} kills in {number} rounds\n{campaign.report()}")


if __name__ == "__main__":
    unittest.main()
