# SPDX-License-Identifier: Apache-2.0
"""scripts/packages.sh with stand-ins for dpkg-query, apt-get and the like: it installs what is
missing and nothing else, says so, and fetches the lists only when it must."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/packages.sh"

STAND_INS = {
    # What is installed is a file in $ROOM/installed.
    "dpkg-query": 'for last; do :; done; [ -e "$ROOM/installed/$last" ] && printf installed',
    "apt-cache": '[ -e "$ROOM/listed" ]',
    "apt-get": """echo "apt-get $*" >>"$ROOM/calls"
        if [ "$1" = update ]; then touch "$ROOM/listed" "$ROOM/fresh"; exit; fi
        [ -e "$ROOM/fresh" ] || [ -e "$ROOM/good" ] || { echo "404 not found"; exit 100; }
        shift 3
        for package; do touch "$ROOM/installed/$package"; done""",
    "id": 'echo "${FAKE_UID:-0}"',
    "env": 'while [ "${1#*=}" != "$1" ]; do shift; done; exec "$@"',
}


class Packages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.room = pathlib.Path(folder.name)
        for name in ("bin", "installed"):
            (self.room / name).mkdir()
        for name, body in STAND_INS.items():
            file = self.room / "bin" / name
            file.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
            file.chmod(0o755)
        for tool in ("cat", "touch"):
            (self.room / "bin" / tool).symlink_to(f"/usr/bin/{tool}")

    def touch(self, *names):
        for name in names:
            (self.room / name).touch()

    def install(self, *packages, uid=0):
        command = f'source "{SCRIPT}"; install_packages "$ROOM/log" "$@"'
        return subprocess.run(["/bin/bash", "-c", command, "test", *packages], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "PATH": str(self.room / "bin"),
                                   "ROOM": str(self.room), "FAKE_UID": str(uid)})

    def calls(self):
        file = self.room / "calls"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def test_nothing_missing(self):
        self.touch("installed/one", "installed/two")
        process = self.install("one", "two", uid=1000)
        self.assertEqual((process.returncode, process.stdout, self.calls()), (0, "", []))

    def test_says_and_installs_what_is_missing(self):
        self.touch("installed/one", "listed", "good")
        process = self.install("one", "two", "three")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(process.stdout.strip(),
                         "Installing the packages that are missing: two three")
        self.assertEqual(self.calls(), ["apt-get install -y --no-install-recommends two three"])

    def test_lists_are_fetched_where_absent(self):
        self.assertEqual(self.install("one").returncode, 0)
        self.assertEqual([call.split()[1] for call in self.calls()], ["update", "install"])

    def test_lists_are_fetched_where_stale(self):
        self.touch("listed")
        self.assertEqual(self.install("one").returncode, 0)
        self.assertEqual([call.split()[1] for call in self.calls()], ["install", "update", "install"])

    def test_neither_root_nor_sudo(self):
        process = self.install("one", uid=1000)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("as root, run:", process.stderr)
        self.assertEqual(self.calls(), [])


if __name__ == "__main__":
    unittest.main()
