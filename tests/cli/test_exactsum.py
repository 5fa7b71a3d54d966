# SPDX-License-Identifier: Apache-2.0
"""Exact sums against math.fsum, bit for bit."""
import math
import os
import random
import subprocess
import unittest

FILTER = os.path.join(os.path.dirname(os.environ["PATRON"]), "tests", "exactsum_filter")


def term(generator, low, high):
    """A double of either sign, its exponent even in [low, high]."""
    return generator.choice((-1, 1)) * math.ldexp(generator.random(), generator.randint(low, high))


def cases():
    generator = random.Random(20240117)
    for count in (0, 1, 2, 3, 10, 1000):
        for low, high in ((0, 1), (-40, 40), (-300, 300), (-1074, -1000), (-1074, 900)):
            yield [term(generator, low, high) for _ in range(count)]
    for _ in range(200):  # sums that all but cancel
        terms = [term(generator, -200, 200) for _ in range(50)]
        yield terms + [-x for x in terms[1:]] + [term(generator, -260, -200)]
    for _ in range(200):  # near a tie of the rounding
        base = math.ldexp(generator.getrandbits(53), 10)
        half = math.ulp(base) / 2
        yield [base, generator.choice((-half, half)), generator.choice((-1, 0, 1)) * 2.0 ** -900]
    yield [0.1] * 100000


class ExactSum(unittest.TestCase):
    def test_equals_fsum(self):
        lists = list(cases())
        text = "".join(" ".join(x.hex() for x in terms) + "\n" for terms in lists)
        done = subprocess.run([FILTER], input=text, capture_output=True, text=True, check=True)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), len(lists))
        for terms, line in zip(lists, lines):
            full, narrow = (float.fromhex(word) for word in line.split())
            self.assertEqual((full, narrow), (math.fsum(terms), math.fsum(terms)), terms[:5])


if __name__ == "__main__":
    unittest.main()
