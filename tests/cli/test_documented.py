# SPDX-License-Identifier: Apache-2.0
"""Every option is documented, and what is documented is an option: README and docs/, manual pages,
completion in shells, and the examples of --help, against what --help lists."""
import functools
import re
import shlex
import subprocess
import unittest

from patron_test import PatronTest, PATRON, SOURCE, must, run

PAGES = [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]
# Options of other programs that the pages name.
FOREIGN = {
    "mpirun": {"bind-to", "map-by"}, "cmake": {"build", "preset", "install", "prefix"},
    "sbatch": {"nodes", "ntasks-per-node", "cpus-per-task", "signal", "dependency", "array",
               "kill-on-invalid-dep"},
    "srun": {"mpi", "wait", "cpu-bind"}, "scancel": {"full"}, "./check": {"medium"},
    "pkg-config": {"cflags", "libs"}, "ld": {"wrap"},
    "bench/ingest": {"layouts"}, "bench/simulate": {"itemset-ranks", "networks", "ranks"},
    "bench/scaling": {"invoices", "iterations", "jobs", "scaling", "work"}}
PROGRAM_OPTIONS = {"help", "version", "man", "completion"}
NAMED = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")


@functools.cache
def jobs():
    text = must(None, "--help").stdout
    return re.findall(r"(?m)^  ([a-z]+) ", text[text.index("Jobs:"):])


@functools.cache
def help_of(job):
    return must(job, "--help").stdout


@functools.cache
def entries_of(job):
    """What help lists: long name, what it calls the value ("" for a flag), and what it says."""
    listed = help_of(job).partition("\nExamples:")[0]
    return re.findall(r"(?m)^  (?:-\w,|   ) --([a-z0-9-]+)(?: (\S+))?((?:.|\n(?! {2,6}-|\n))*)", listed)


def options_of(job):
    return {name: argument for name, argument, _ in entries_of(job)}


def commands(text):
    """The patron commands in a text, as job and the options that follow, to the end of the line."""
    for line in text.replace("\\\n", " ").splitlines():
        for job, rest in re.findall(r"\bpatron ([a-z]+) ([^`|;]*)", line):
            if job in jobs():
                yield job, NAMED.findall(rest)


class Pages(unittest.TestCase):
    def test_every_option_is_documented(self):
        named = set(NAMED.findall("\n".join(page.read_text("utf-8") for page in PAGES)))
        for job in jobs():
            self.assertEqual(set(options_of(job)) - named, set(), f"of {job}")

    def test_what_is_documented_is_an_option(self):
        known = PROGRAM_OPTIONS.union(*map(options_of, jobs()))
        foreign = set().union(*FOREIGN.values())
        self.assertEqual(foreign & known, set())
        for page in PAGES:
            named = set(NAMED.findall(page.read_text("utf-8")))
            self.assertEqual(named - known - foreign, set(), f"in {page.name}")

    def test_commands_take_their_options(self):
        texts = {page.name: page.read_text("utf-8") for page in PAGES}
        texts["quickstart"] = (SOURCE / "quickstart").read_text("utf-8").replace('"$patron"', "patron")
        seen = 0
        for name, text in {**texts, **{job: help_of(job) for job in jobs()}}.items():
            for job, options in commands(text):
                seen += len(options)
                self.assertEqual(set(options) - set(options_of(job)), set(), f"{job}, in {name}")
        self.assertGreater(seen, 50)

    def test_usage(self):
        """Dots stand where an input may be given again, and nowhere else."""
        usage = {job: help_of(job).splitlines()[0].partition("[options]")[2].strip() for job in jobs()}
        self.assertEqual(usage["profile"], "DATASET MODEL")
        self.assertEqual(usage["score"], "DATASET [MODEL]")
        self.assertEqual(usage["segment"], "DATASET")
        self.assertEqual(usage["report"], "MODEL...")
        for job in jobs():
            page = re.sub(r"\\f[BIR]", "", must(None, "--man", job).stdout)
            self.assertIn(f"\npatron {job} [options] {usage[job]}".rstrip() + "\n", page)

    def test_every_job_shows_examples(self):
        for job in jobs():
            self.assertIn(job, [name for name, _ in commands(help_of(job).partition("Examples:")[2])])


class Manual(unittest.TestCase):
    def test_options_are_those_of_help(self):
        for job in jobs():
            page = must(None, "--man", job).stdout.replace("\\-", "-")
            found = re.findall(r"(?m)^\.TP\n(?:\\fB-\w\\fR, )?\\fB--([a-z0-9-]+)\\fR(?: \\fI(\S+)\\fR)?\n(.*)",
                               page)
            self.assertEqual({name: argument for name, argument, _ in found}, options_of(job))
            for name, _, doc in found:
                self.assertGreater(len(doc), 5, name)

    def test_says_what_help_says(self):
        """Word for word, apart from how it is laid out."""
        def words(text):
            return re.sub(r"\s+", " ", text)
        for job in jobs():
            page = must(None, "--man", job).stdout
            page = words(re.sub(r"\\&|(?m:^\.\w+ ?)", "", page.replace("\\-", "-"))
                         .replace("\\e", "\\"))
            for paragraph in help_of(job).partition("\nExamples:")[0].split("\n\n")[1:3]:
                self.assertIn(words(paragraph).strip().rstrip("."), page, job)

    def test_wrong_words(self):
        for arguments in (("--man", "segments"), ("--man", "segment", "more"), ("--completion",),
                          ("--completion", "csh")):
            process = run(None, *arguments)
            self.assertEqual((process.returncode, process.stdout), (64, ""))
            self.assertEqual(len(process.stderr.splitlines()), 1)


class Completion(PatronTest):
    def test_page_names_the_shells(self):
        page = must(None, "--man").stdout
        for shell in ("bash", "zsh", "fish"):
            must(None, "--completion", shell)
            self.assertEqual(page.count(f"\\fI{shell}\\fR"), 2)

    def bash(self, *words):
        """What bash offers for the last of `words`."""
        script = self.folder / "patron.bash"
        script.write_text(must(None, "--completion", "bash").stdout, encoding="utf-8")
        line = f"""source {shlex.quote(str(script))}
            COMP_WORDS=({shlex.join(["patron", *words])}) COMP_CWORD={len(words)}
            _patron; printf '%s\\n' "${{COMPREPLY[@]}}" """
        process = subprocess.run(["bash", "-c", line], stdout=subprocess.PIPE, text=True, check=True,
                                 stderr=subprocess.PIPE, cwd=self.folder)
        self.assertEqual(process.stderr, "")
        return process.stdout.split()

    def fish(self, line):
        command = f"{shlex.quote(PATRON)} --completion fish | source; complete -C {shlex.quote(line)}"
        process = subprocess.run(["fish", "--no-config", "-c", command], stdout=subprocess.PIPE,
                                 text=True, check=True, cwd=self.folder)
        return [offer.split("\t")[0] for offer in process.stdout.splitlines()]

    def zsh(self, *lines):
        """What zsh offers at the end of each line, by line."""
        script = self.folder / "_patron"
        script.write_text(must(None, "--completion", "zsh").stdout, encoding="utf-8")
        told = subprocess.run(["zsh", "-f", SOURCE / "tests/support/zsh_offers", script,
                               self.folder / "offers", *lines], stdout=subprocess.PIPE, text=True,
                              check=True, cwd=self.folder, stdin=subprocess.DEVNULL).stdout
        blocks = [block.splitlines() for block in told.split("== ")[1:]]
        self.assertEqual([block[0] for block in blocks], list(lines))
        return {line: [offer for offer in offers if offer] for line, *offers in blocks}

    def choices(self, job):
        """Options of which help says "one of ...", and the words of it."""
        for name, _, said in entries_of(job):
            found = re.search(r"\(one of ([^;)]*)", re.sub(r"\s+", " ", said))
            if found:
                yield name, sorted(found[1].split(", "))

    def test_bash_offers_jobs_options_and_choices(self):
        self.assertEqual(self.bash(""), jobs() + [f"--{name}" for name in
                                                  ("help", "version", "man", "completion")])
        self.assertEqual(self.bash("seg"), ["segment"])
        self.assertEqual(self.bash("--man", "prof"), ["profile"])
        choices = 0
        for job in jobs():
            self.assertEqual(self.bash(job, "--"), [f"--{name}" for name in options_of(job)])
            for name, expected in self.choices(job):
                choices += 1
                self.assertEqual(sorted(self.bash(job, f"--{name}", "")), expected)
        self.assertGreater(choices, 10)
        self.assertEqual(self.bash("segment", "--scale", "=", "min"), ["minmax"])

    def test_bash_offers_files_where_they_belong(self):
        (self.folder / "shop.h5").touch()
        for words in (("segment", ""), ("segment", "-o", "sh"), ("ingest", "--features", "")):
            self.assertIn("shop.h5", self.bash(*words))
        self.assertEqual(self.bash("segment", "--k", ""), [])

    def test_fish(self):
        self.assertEqual(sorted(self.fish("patron ")), sorted(jobs()))
        for job in jobs():
            offered = [name for name in self.fish(f"patron {job} --") if name.startswith("--")]
            self.assertEqual(sorted(offered), sorted(f"--{name}" for name in options_of(job)))
            for name, expected in self.choices(job):
                self.assertEqual(sorted(self.fish(f"patron {job} --{name} ")), expected)

    def test_zsh(self):
        (self.folder / "shop.h5").touch()
        expected = {"patron ": jobs(), "patron seg": ["segment"], "patron --man prof": ["profile"],
                    "patron --comp": ["--completion"], "patron segment --scale=min": ["minmax"],
                    "patron segment sh": ["shop.h5"], "patron segment -o sh": ["shop.h5"],
                    "patron segment --k ": []}
        for job in jobs():
            expected[f"patron {job} --"] = [f"--{name}" for name in options_of(job)]
            for name, choices in self.choices(job):
                expected[f"patron {job} --{name} "] = choices
        found = self.zsh(*expected)
        for line, offers in expected.items():
            self.assertEqual(sorted(found[line]), sorted(offers), line)

    def test_zsh_loads_it_by_itself(self):
        """As an installation has it: a function of compinit, by its first line."""
        script = self.folder / "_patron"
        script.write_text(must(None, "--completion", "zsh").stdout, encoding="utf-8")
        command = f"fpath=({shlex.quote(str(self.folder))} $fpath); autoload -Uz compinit; compinit -D -u; print $_comps[patron]"
        process = subprocess.run(["zsh", "-f", "-c", command], stdout=subprocess.PIPE, text=True,
                                 check=True)
        self.assertEqual(process.stdout, "_patron\n")


if __name__ == "__main__":
    unittest.main()
