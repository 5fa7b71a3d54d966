#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# nightly.sh [--wait] JOBFILE FOLDER: submits a night to Slurm as a chain of jobs, each after the one
# before has ended well: ingest, inspect (its gates stop the night), segment, itemsets, profile, score
# and report.
#
# JOBFILE is a job file of patron's (--config): a stage runs where it has a section.  Paths in it
# count from where this is called.  What is made lies in FOLDER: dataset, inspect.json, segments.h5,
# itemsets.h5, scores.h5, report.html; what the jobs said in FOLDER/.night.
#
# A stage that is done is not done again, as long as its options and inputs, as `patron STAGE --fingerprint` tells them, the
# version of patron and what the stage has made are the same (FOLDER/.night/STAGE.done tells); so a night that is done costs
# nothing to start again, and one that failed goes on where it stopped.  While a night's jobs are in the queue no second one
# is submitted for its FOLDER.  --wait: until the last job has ended, and fails where one did.
#
# Exit code: 0 submitted (--wait: done) or nothing to do, 1 a job failed (--wait), 64 wrong call, 66 no job file, 73
# no folder, 75 this night is in progress, 78 something wrong with the site; patron's (64, 78) where a stage's options are wrong.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=slurm/batch.sh
. "$here/batch.sh"
stages=(ingest inspect segment itemsets profile score report)
patron_name=nightly.sh

has_stage() {
    grep -q "^[[:space:]]*\[$1\]" "$jobfile"
}

output_of() {
    case $1 in
    ingest) echo "$folder/dataset" ;;
    segment) echo "$folder/segments.h5" ;;
    itemsets) echo "$folder/itemsets.h5" ;;
    score) echo "$folder/scores.h5" ;;
    report) echo "$folder/report.html" ;;
    *) echo "$folder/$1.json" ;; # what it prints
    esac
}

# Whether the program reads the option $2 of stage $1, whose fingerprint is taken, as $3.
is_read_as() { grep -qxF "option $2 = $3" <<<"${prints[$1]:-}"; }

# Whether what is offered goes by the rules of this night: where it makes some, and its score names no others.
offers_by_own_rules() {
    is_read_as itemsets rules true && is_read_as itemsets by-segment null &&
        ! patron_fingerprint score "${arguments[@]}" 2>/dev/null | grep -q '^option rules = "'
}

# Sets `arguments` of a stage.
arguments_of() {
    local data=$folder/dataset segments=$folder/segments.h5
    arguments=(--config "$jobfile")
    case $1 in
    ingest) ;;
    inspect | segment | itemsets) arguments+=("$data") ;;
    profile | score) arguments+=("$data" "$segments") ;;
    report)
        arguments+=("$segments" --data "$data")
        ! has_stage itemsets || arguments+=("$folder/itemsets.h5")
        ;;
    esac
    case $1 in
    inspect | profile) arguments+=(--json) ;;
    *) arguments+=(-o "$(output_of "$1")" --force) ;;
    esac
    if [ "$1" = score ] && offers_by_own_rules; then
        arguments+=(--rules "$folder/itemsets.h5")
    fi
}

# Of a fingerprint all but the files that the night makes itself; those are told by the stages that make them.
without_own() {
    local line file
    while IFS= read -r line; do
        file=${line#file * * }
        [ "$line" = "$file" ] || case $(realpath -qm -- "$file") in
        "$folder"/dataset | "$folder"/dataset/* | "$folder"/segments.h5 | "$folder"/itemsets.h5 | "$folder"/scores.h5) continue ;;
        esac
        printf '%s\n' "$line"
    done
}

# Sets `mark`: what the result of a stage depends on; of all stages before it but the gate.
mark_of() {
    arguments_of "$1"
    prints[$1]=$(patron_fingerprint "$1" "${arguments[@]}") || patron_fail $? "[$1] of $jobfile can't be run; the reason stands above"
    mark=$({
        echo "$version"
        echo "$1 $marks"
        without_own <<<"${prints[$1]}"
    } | patron_hash)
    [ "$1" = inspect ] || marks+="$1=$mark "
}

# The jobs of this folder that are in the queue.
in_queue() { squeue -h -o '%i %k' | awk -v comment="$folder" '{ id = $1; sub(/^[^ ]+ /, "") } $0 == comment { print id }'; }

lock() {
    exec 9>"$folder/.night/lock" || patron_fail 73 "$folder/.night can't be written"
    flock -n -E 75 9
    case $? in
    0) ;; # held by this process, and gone with it
    75) patron_fail 75 "another nightly.sh is submitting for $folder" ;;
    *) patron_say "no locks in $folder: the queue alone tells of another night" ;;
    esac
    local jobs
    jobs=$(in_queue) || patron_fail 78 "squeue failed: is Slurm up?"
    [ -z "$jobs" ] || patron_fail 75 "this night is in progress in $folder: job" "${jobs//$'\n'/, }"
}

# Submits stage $1 after job $2 ("": none); prints its number.
submit() {
    local size=NIGHT_SIZE_${1^^} where=() options
    [ -z "$PATRON_PARTITION" ] || where+=(--partition="$PATRON_PARTITION")
    [ -z "$PATRON_ACCOUNT" ] || where+=(--account="$PATRON_ACCOUNT")
    options="$NIGHT_SIZE ${!size:-}"
    # Jobs of one name run one after the other: what slipped through the lock waits.
    # shellcheck disable=SC2086  # options
    PATRON_SLURM=$here sbatch --parsable $options "${where[@]}" --comment="$folder" \
        --job-name="night-$1-$(cksum <<<"$folder" | cut -d' ' -f1)" --output="$folder/.night/$1-%j.out" \
        --dependency="${2:+afterok:$2,}singleton" --kill-on-invalid-dep=yes "$here/$1.sbatch" \
        "${arguments[@]}" 9>&-
}

# What stage $1 has as outputs and markers goes to its job by the environment.
submit_stage() {
    local number
    export PATRON_DONE=$folder/.night/$1.done PATRON_MARK=$mark PATRON_REPORT=
    case $1 in inspect | profile) PATRON_REPORT=$(output_of "$1") ;; esac
    if patron_is_done "$(output_of "$1")"; then
        patron_say "$1: done"
        return 0
    fi
    number=$(submit "$1" "$last") || patron_fail 78 "sbatch failed for $1; what is submitted runs, call again to go on"
    last=${number%%;*}
    submitted+=("$1")
    patron_say "$1: job $last"
}

wait_for_night() {
    local jobs pause=1 since=$SECONDS
    while :; do
        if jobs=$(in_queue); then
            [ -n "$jobs" ] || break
            since=$SECONDS
        elif [ $((SECONDS - since)) -gt 3600 ]; then
            patron_fail 78 "squeue has failed for an hour; whether the night goes on is not known"
        fi
        sleep "$pause"
        [ "$pause" -ge 10 ] || pause=$((pause + 1))
    done
    for stage in "${submitted[@]}"; do
        [ "$(cut -d' ' -f1 "$folder/.night/$stage.done" 2>/dev/null)" = "${wanted[$stage]}" ] ||
            patron_fail 1 "$stage failed, and what comes after it did not start; see $folder/.night/$stage-*.out"
    done
    patron_say "done: $folder"
}

waits=0
if [ "${1:-}" = --wait ]; then
    waits=1
    shift
fi
[ $# -eq 2 ] || patron_fail 64 "two arguments expected: a job file and a folder for the night"
jobfile=$(realpath -e "$1" 2>/dev/null) || patron_fail 66 "no job file $1"
for program in sbatch squeue; do
    command -v "$program" >/dev/null || patron_fail 78 "no $program here: is this a node that submits jobs?"
done
patron_settings
PATRON=$(realpath "$PATRON")
export PATRON
has_stage ingest || patron_fail 66 "$jobfile has no section [ingest]"
mkdir -p "$2/.night" || patron_fail 73 "no folder $2 can be made"
folder=$(realpath "$2")
lock
marks=
last=
submitted=()
declare -A wanted prints
version=$("$PATRON" --version) || patron_fail 78 "$PATRON can't be run here"
for stage in "${stages[@]}"; do
    has_stage "$stage" || continue
    mark_of "$stage"
    wanted[$stage]=$mark
    submit_stage "$stage"
done
[ "${#submitted[@]}" -gt 0 ] || patron_say "nothing to do: this night is done in $folder"
exec 9>&-
[ "$waits" -eq 0 ] || wait_for_night
