#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Times segment and itemsets over ranks x threads and prints a table; bench/README.md tells more.
set -euo pipefail

usage() {
    cat <<'TEXT'
bench/scaling.sh [OPTION]...
  -d DATASET    time on this dataset          (default: a synthetic one, made and removed)
  -j JOBS       which jobs                    (default "segment itemsets")
  -r RANKS      numbers of ranks              (default "1 2 4 ..." up to the cores, and the cores)
  -t THREADS    numbers of threads a rank     (default likewise)
  -m CORES      leave out ranks x threads above this (default: the cores)
  -n REPEATS    runs of each                  (default 3; the table shows medians)
  -o FILE       where all samples go, as JSON (default scaling.json)
  -p PROGRAM    the program                   (default build/release/patron)
  -s OPTIONS    options of segment            (default "--k 10 --max-iter 20 --tol 0")
  -i OPTIONS    options of itemsets           (default "--min-support 0.002")
TEXT
}

# 1 2 4 ... up to the limit, and the limit.
doubling() {
    local n
    for ((n = 1; n < $1; n *= 2)); do
        echo -n "$n "
    done
    echo "$1"
}

here=$(cd "$(dirname "$0")" && pwd)
cores=$(nproc)
data='' jobs="segment itemsets" ranks_list='' threads_list='' repeats=3 result=scaling.json
program=$here/../build/release/patron
segment_options="--k 10 --max-iter 20 --tol 0"
itemsets_options="--min-support 0.002"
while getopts d:j:r:t:m:n:o:p:s:i:h option; do
    case $option in
    d) data=$OPTARG ;;
    j) jobs=$OPTARG ;;
    r) ranks_list=$OPTARG ;;
    t) threads_list=$OPTARG ;;
    m) cores=$OPTARG ;;
    n) repeats=$OPTARG ;;
    o) result=$OPTARG ;;
    p) program=$OPTARG ;;
    s) segment_options=$OPTARG ;;
    i) itemsets_options=$OPTARG ;;
    h)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 64
        ;;
    esac
done
: "${ranks_list:=$(doubling "$cores")}" "${threads_list:=$(doubling "$cores")}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$data" ]; then
    data=$work/synthetic.h5
    echo "Making a synthetic dataset" >&2
    "$program" generate --rows 1000000 --columns 16 --clusters 10 --separation 1 \
        --baskets 200000 --items 2000 --patterns 500 -o "$data" >&2
fi
if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# time_once JOB RANKS THREADS: one line of JSON, the run's summary with what was asked for.
time_once() {
    local options=${1}_options summary
    # shellcheck disable=SC2086  # options are words
    summary=$(mpirun -q --bind-to none --oversubscribe -n "$2" "$program" "$1" "$data" \
        -o "$work/model.h5" --force --threads "$3" --json --progress never ${!options})
    printf '{"job":"%s","ranks":%d,"threads":%d,"summary":%s}\n' "$1" "$2" "$3" \
        "${summary//$'\n'/ }" >>"$work/samples"
}

# Repeats run in the outer loop, so that a slow spell of the machine does not fall on one row.
for ((repeat = 1; repeat <= repeats; ++repeat)); do
    for job in $jobs; do
        for ranks in $ranks_list; do
            for threads in $threads_list; do
                [ $((ranks * threads)) -le "$cores" ] || continue
                echo "run $repeat of $repeats: $job, $ranks ranks x $threads threads" >&2
                time_once "$job" "$ranks" "$threads"
            done
        done
    done
done
/usr/bin/python3 "$here/table.py" "$work/samples" "$result"
