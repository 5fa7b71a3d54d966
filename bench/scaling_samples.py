# SPDX-License-Identifier: Apache-2.0
"""The samples of bench/scaling: which are wanted, and one run of each."""
import scaling_jobs
import scaling_limits
from commandline import tell
from programs import run_json
from scaling_jobs import QUIET, launch
from scaling_record import sampled

SENT = ("agree", "allreduce", "prefix", "broadcast", "gather", "exchange", "send")


def layouts(options):
    return [(ranks, threads) for ranks in options.ranks for threads in options.threads
            if ranks * threads <= options.most_cores]


def wanted(options):
    """All cases, in the order in which each repetition runs them."""
    return [{"job": job, "scaling": scaling, "ranks": ranks, "threads": threads}
            for scaling in options.scaling for job in options.jobs if job != "load"
            for ranks, threads in layouts(options)]


def size_of(case, sizes):
    return sizes.times(case["ranks"] * case["threads"]) if case["scaling"] == scaling_jobs.WEAK \
        else sizes


def run_case(options, record, data, case, sizes, folder):
    job, model = scaling_jobs.JOBS[case["job"]], None
    path, found = data.make(job.data, sizes)
    record.note_data(path.name, found)
    names = [path.name]
    if job.name == "score":
        model, name, found = data.make_model(sizes)
        record.note_data(name, found)
        names.append(name)
    about, threads = sampled(), ("--threads", case["threads"])
    patron = [*launch(options, case["ranks"], case["threads"]), options.build / "patron"]
    summary = run_json([*patron, *job.words(sizes, path, model, folder), *threads, *QUIET,
                        "--log-level", "error"], case["threads"])
    written = run_json([*patron, "verify", job.output(folder), *threads, *QUIET], case["threads"])
    return {**about, "data": names, "result": scaling_jobs.result_of(summary, written["digest"]),
            "bytes_sent": scaling_jobs.total(summary, "bytes_out", SENT) * case["ranks"],
            "summary": keep(summary)}


def keep(summary):
    """The summary without what tells of segments and customers."""
    left_out = ("segments", "units", "tree", "rules", "columns", "history", "features")
    return {key: value for key, value in summary.items() if key not in left_out}


def run_all(options, record, data, sizes, folder):
    """Repetitions in the outer loop: a slow spell of the machine does not fall on one case, nor on
    the limits alone."""
    for run in range(options.runs):
        scaling_limits.measure(options, record, folder, layouts(options), run)
        for case in wanted(options):
            if record.has("samples", case, run):
                continue
            tell(f"run {run + 1} of {options.runs}: {case['job']}, {case['scaling']}, "
                 f"{case['ranks']} ranks x {case['threads']} threads")
            sample = run_case(options, record, data, case, size_of(case, sizes), folder)
            record.keep("samples", {**case, "run": run, **sample})
            record.check_results()
