# SPDX-License-Identifier: Apache-2.0
"""The audit: what a line holds, and that a chain which was tampered with is found."""
import datetime
import hashlib
import json
import os
import pwd
import stat
import subprocess
import unittest

from failure_test import BASKETS, FailureTest, needs_root
from patron_test import PATRON, digest

ZEROS = "0" * 64


def blake(content):
    return hashlib.blake2b(content, digest_size=32).hexdigest()


def hash_of(line):
    """As docs/formats.md says."""
    return blake(line.rsplit(', "hash": "', 1)[0].encode() + b"}")


def rehashed(line):
    return line.rsplit(', "hash": "', 1)[0] + f', "hash": "{hash_of(line)}"}}'


class AuditTest(FailureTest):
    def setUp(self):
        super().setUp()
        self.audit = self.folder / "audit.jsonl"

    def lines(self):
        text = self.audit.read_text(encoding="utf-8")
        self.assertTrue(text.endswith("\n"))
        return text.splitlines()

    def entries(self):
        """The entries, whose chain is checked here too."""
        entries, before = [], ZEROS
        for number, line in enumerate(self.lines(), 1):
            entry = json.loads(line)
            self.assertEqual((entry["patron_audit"], entry["entry"]), (1, number))
            self.assertEqual(entry["previous"], before)
            self.assertEqual(entry["hash"], hash_of(line))
            before = entry["hash"]
            entries.append(entry)
        return entries

    def several(self, count):
        table = self.file("t.csv", "x\n1\n2\n")
        for number in range(count):
            self.done("ingest", "--features", table, "-o", self.folder / f"{number}.h5", "--audit",
                      self.audit)
        return self.lines()


class Lines(AuditTest):
    def test_jobs(self):
        table = self.file("t.csv", "id,x,y\na,1,2\nb,3,1\nc,8,8\n")
        shop, model, sets = (self.folder / name for name in ("shop.h5", "model.h5", "sets.h5"))
        baskets, text = self.dataset("baskets.h5", baskets=BASKETS), self.folder / "sets.txt"
        before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        runs = (("ingest", "--features", table, "--id", "id", "-o", shop),
                ("segment", shop, "--k", 2, "-o", model),
                ("itemsets", baskets, "--min-count", 2, "-o", sets, "--text", text),
                ("generate", "--rows", 10, "--columns", 2, "-o", self.folder / "made.h5"),
                ("verify", model))
        for ranks, run in zip((1, 3, 2, 1, 1), runs):
            self.done(*run, "--audit", self.audit, ranks=ranks)
        entries = self.entries()
        self.assertEqual([entry["job"] for entry in entries], [run[0] for run in runs])
        self.assertEqual([entry["ranks"] for entry in entries], [1, 3, 2, 1, 1])
        names = [([(file["path"], file["digest"]) for file in entry["inputs"]],
                  [(file["path"], file["digest"]) for file in entry["outputs"]]) for entry in entries]
        self.assertEqual(names, [
            ([(str(table), blake(table.read_bytes()))], [(str(shop), digest(shop))]),
            ([(str(shop), digest(shop))], [(str(model), digest(model))]),
            ([(str(baskets), digest(baskets))],
             [(str(sets), digest(sets)), (str(text), blake(text.read_bytes()))]),
            ([], [(str(self.folder / "made.h5"), digest(self.folder / "made.h5"))]),
            ([(str(model), digest(model))], [])])
        self.assertEqual([entry["rows"] for entry in entries],
                         [{"rows_read": 3, "customers": 3, "missing_values": 0},
                          {"customers": 3, "dropped": 0}, {"baskets": len(BASKETS)},
                          {"customers": 10, "baskets": 0}, {}])
        for entry in entries:
            self.assertEqual((entry["uid"], entry["user"], entry["host"], entry["exit_code"]),
                             (os.getuid(), pwd.getpwuid(os.getuid()).pw_name, os.uname().nodename, 0))
            started, ended = (datetime.datetime.strptime(entry[name], "%Y-%m-%dT%H:%M:%S%z")
                              for name in ("started", "ended"))
            self.assertTrue(before <= started <= ended)
        self.assertEqual(entries[1]["options"]["k"], {"value": 2, "from": "flag"})
        self.assertEqual(stat.S_IMODE(self.audit.stat().st_mode), 0o600)

    def test_files_by_a_pattern(self):
        header = "b,i\n"
        files = [self.file(f"part{n}.csv", header + f"b{n},i1\n") for n in (1, 2)]
        self.done("ingest", "--transactions", self.folder / "part*.csv", "--basket", "b", "--item", "i",
                  "-o", self.out, "--audit", self.audit)
        self.assertEqual(self.entries()[0]["inputs"],
                         [{"path": str(file), "digest": blake(file.read_bytes())} for file in files])

    def test_standard_input_has_no_digest(self):
        self.done("ingest", "--features", "-", "-o", self.out, "--audit", self.audit, stdin="x\n1\n")
        self.assertEqual(self.entries()[0]["inputs"], [{"path": "-", "digest": None}])

    def test_a_run_that_fails_is_noted(self):
        table = self.file("t.csv", "id,x\nann,secret\n")
        for ranks in (1, 3):
            self.fails(65, "ingest", "--features", table, "--id", "id", "-o", self.out, "--audit",
                       self.audit, ranks=ranks, says=("column x holds text",))
        for entry in self.entries():
            self.assertEqual((entry["exit_code"], entry["outputs"]),
                             (65, [{"path": str(self.out), "digest": None}]))
        self.assertNotIn("secret", self.audit.read_text(encoding="utf-8"))

    def test_runs_at_once(self):
        table = self.file("t.csv", "x\n1\n")
        runs = [subprocess.Popen([PATRON, "ingest", "--features", table, "-o",
                                  self.folder / f"{number}.h5", "--audit", self.audit],
                                 stdout=subprocess.DEVNULL) for number in range(8)]
        self.assertEqual([run.wait() for run in runs], [0] * 8)
        self.assertEqual(len(self.entries()), 8)
        self.done("verify", self.audit)


class Chain(AuditTest):
    def test_whole(self):
        lines = self.several(3)
        self.assertIn("3 runs", self.done("verify", self.audit).stdout)
        summary = self.summary("verify", self.audit, ranks=3)
        self.assertEqual((summary["kind"], summary["entries"], summary["digest"]),
                         ("audit", 3, json.loads(lines[-1])["hash"]))
        self.assertEqual(self.verified_digest(self.audit), summary["digest"])

    def refuses(self, lines, *says, end="\n"):
        self.audit.write_text("\n".join(lines) + end, encoding="utf-8")
        self.fails(65, "verify", self.audit, says=(self.audit.name, *says))

    def test_tampering(self):
        lines = self.several(4)
        changed = lines[1].replace('"uid": ', '"uid": 1')
        self.refuses([lines[0], changed, *lines[2:]], "line 2", "changed")
        self.refuses([lines[0], rehashed(changed), *lines[2:]], "line 3", "does not follow")
        self.refuses([*lines[:3], lines[3].replace("a", "b", 1)], "line 4")
        self.refuses([lines[0], *lines[2:]], "line 2", "does not follow")
        self.refuses(lines[1:], "line 1", "start")
        self.refuses([lines[0], lines[2], lines[1], lines[3]], "line 2")
        self.refuses([*lines, lines[3]], "line 5")
        self.refuses([lines[0], lines[0], *lines[1:]], "line 2")
        self.refuses([lines[0], "", *lines[1:]], "line 2", "no line of an audit")
        self.refuses([*lines[:3], lines[3][:100]], "line 4", "no line of an audit")
        self.refuses([*lines[:3], lines[3][:100]], "line 4", "cut off", end="")
        self.refuses(lines, "line 4", "cut off", end="")
        self.audit.write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
        self.assertNotEqual(self.verified_digest(self.audit), json.loads(lines[3])["hash"])

    def test_nothing_is_added_to_what_is_damaged(self):
        lines = self.several(2)
        table = self.file("t.csv", "x\n1\n")
        for content in ("\n".join(lines), "\n".join(lines)[:-9] + "\n", lines[0] + "\n" + lines[1][:50],
                        "something else\n", "\n"):
            self.audit.write_text(content, encoding="utf-8")
            self.fails_alike(65, "ingest", "--features", table, "-o", self.out, "--audit", self.audit,
                             says=(self.audit.name,), ranks=(1,))

    def test_a_long_line(self):
        """One that is longer than what is read at a time."""
        files = [self.file(f"{number:04d}{'x' * 200}.csv", "b,i\nb1,i1\n") for number in range(120)]
        for number in range(2):
            self.done("ingest", "--transactions", *files, "--basket", "b", "--item", "i", "-o",
                      self.folder / f"{number}.h5", "--audit", self.audit)
        self.assertGreater(len(self.lines()[0]), 1 << 15)
        self.assertEqual(len(self.entries()), 2)
        self.done("verify", self.audit)


class Places(AuditTest):
    def refuses(self, code, audit, *says, **options):
        table = self.file("t.csv", "x\n1\n")
        self.fails_alike(code, "ingest", "--features", table, "-o", self.out, "--audit", audit,
                         says=says, ranks=(1, 2), **options)

    def test_before_any_work(self):
        self.refuses(73, self.folder / "none/audit.jsonl", "audit.jsonl")
        self.refuses(73, self.folder)
        self.refuses(73, "/dev/full", "no file")
        self.refuses(64, self.out, "--output")

    @needs_root
    def test_not_writable(self):
        self.audit.write_text("", encoding="utf-8")
        self.folder.chmod(0o755)
        self.refuses(73, self.audit, "audit.jsonl", user="nobody")

    def test_disk_full(self):
        """The line is whole or absent; the result, which was there first, stays."""
        lines = self.several(6)
        size = self.audit.stat().st_size
        table = self.file("t.csv", "x\n1\n")
        code = ("import resource, os, sys; "
                f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size + 100}, {size + 100})); "
                "os.execv(sys.argv[1], sys.argv[1:])")
        self.assertGreater(size, 12000)  # the dataset itself must fit below the limit
        process = subprocess.run(["/usr/bin/python3", "-c", code, PATRON, "ingest", "--features", table,
                                  "-o", self.out, "--audit", self.audit], capture_output=True, text=True,
                                 check=False)
        self.check_failure(process, 74, ("audit.jsonl",))
        self.assertEqual(self.lines(), lines)
        self.done("verify", self.out)


if __name__ == "__main__":
    unittest.main()
