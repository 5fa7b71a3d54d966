# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the batch scripts share: settings, preflight, the launch, checkpoints and going back into the
# queue.  A script sources this and calls `patron_batch JOB ARGUMENT...`.
#
# Exit code: the program's; 64 wrong call, 66 no program, 73 no space, 78 something wrong with the site.
# Of nightly.sh (see there) come PATRON_DONE, PATRON_MARK and PATRON_REPORT.
set -uo pipefail
patron_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
patron_job="batch"

patron_say() { echo "${patron_name:-$patron_job.sbatch}: $*" >&2; }

patron_fail() {
    local code=$1
    shift
    patron_say "$*"
    exit "$code"
}

patron_settings() {
    local site=${PATRON_SITE:-$patron_here/site.conf}
    # shellcheck source=slurm/site.conf
    . "$site" || patron_fail 78 "the settings in $site can't be read"
    if [ -n "$PATRON_MODULES" ]; then
        # shellcheck disable=SC2086  # a list
        module load $PATRON_MODULES || patron_fail 78 "module load $PATRON_MODULES failed; see PATRON_MODULES in $site"
    fi
    if [ -z "$PATRON" ]; then
        PATRON=$patron_here/../build/release/patron
        [ -x "$PATRON" ] || PATRON=$(command -v patron) || PATRON=patron
    fi
    [ -x "$PATRON" ] || patron_fail 66 "no program at '$PATRON': build it, or set PATRON"
}

# The output that the arguments name, "" for none.
patron_output_of() {
    local before=
    for word in "$@"; do
        case $before in -o | --output) echo "$word" && return ;; esac
        case $word in
        --output=*) echo "${word#--output=}" && return ;;
        -o?*) echo "${word#-o}" && return ;;
        esac
        before=$word
    done
}

# Runs a small command once on each node; its output.  124: not all have answered in a minute.
patron_on_nodes() {
    SRUN_CPUS_PER_TASK=1 timeout 60 srun --mpi=none --overlap --nodes="$nodes" --ntasks="$nodes" \
        --ntasks-per-node=1 "$@"
}

# What the program on each node says of its version, a line a node.  Its own step is no rank of the program's.
patron_versions() {
    # shellcheck disable=SC2016  # for the shell on the node
    patron_on_nodes sh -c 'said=$(env -u SLURM_STEP_ID "$0" --version) && echo $said' "$PATRON"
}

patron_preflight() {
    local output=$1 versions folder free
    case $LAUNCHER in
    srun*pmix*)
        srun --mpi=list 2>&1 | grep -q pmix ||
            patron_fail 78 "this Slurm has no pmix (srun --mpi=list): set LAUNCHER='mpirun -q' in site.conf"
        ;;
    esac
    # On a busy cluster srun itself may fail once.
    versions=$(patron_versions) || versions=$(patron_versions) || {
        [ $? -ne 124 ] || patron_fail 78 "not every node of ${SLURM_JOB_NODELIST:-?} has answered in a minute: see sinfo, and submit it again"
        patron_fail 78 "not every node of ${SLURM_JOB_NODELIST:-?} can run $PATRON; srun's reason stands above. Is it on a file system that all see?"
    }
    [ "$(sort -u <<<"$versions" | wc -l)" -eq 1 ] ||
        patron_fail 78 "the nodes have different versions, of patron or its libraries: $(sort -u <<<"$versions" | tr '\n' ';')"
    [ -n "$output" ] || return 0
    folder=$(dirname "$output")
    free=$(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }')
    [ -n "$free" ] || patron_fail 73 "no folder $folder for the output"
    [ "$free" -ge "$PATRON_FREE_MIB" ] ||
        patron_fail 73 "$free MiB free in $folder, PATRON_FREE_MIB=$PATRON_FREE_MIB expected: make room, or write elsewhere"
}

# Sets `launch`: the launcher, with ranks, threads and binding from the allocation.
patron_launcher() {
    # shellcheck disable=SC2206  # a command with its options
    launch=($LAUNCHER -n "$ranks")
    export OMP_NUM_THREADS=$threads
    export SRUN_CPUS_PER_TASK=$threads # srun no longer takes it from the allocation by itself
    case $LAUNCHER/$PATRON_BINDING in
    */none) ;;
    srun*/cores)
        # without such a plugin srun can't bind
        if scontrol show config | grep -Eq '^TaskPlugin .*(affinity|cgroup)'; then
            launch+=(--cpu-bind=cores)
        fi
        ;;
    mpirun*/cores) launch+=(--map-by "slot:PE=$threads" --bind-to core) ;;
    *) patron_fail 78 "PATRON_BINDING=$PATRON_BINDING with LAUNCHER='$LAUNCHER': cores or none expected" ;;
    esac
}

# Sets `checkpoint` to the options that keep one beside the output, where the job can.
patron_checkpoint() {
    local output=$1
    checkpoint=()
    case " ${*:2} " in *" --checkpoint"[\ =]*) can_stop=1 && return ;; esac
    [ -n "$output" ] && "$PATRON" "$patron_job" --help | grep -q -e ' --checkpoint FILE' || return 0
    can_stop=1
    checkpoint=(--checkpoint "$output.checkpoint" --checkpoint-every "$PATRON_CHECKPOINT_EVERY")
}

# Waits for process $1 to end; a signal meanwhile ends `wait`, not the process.  Sets `code`.
patron_wait() {
    local found
    code=127
    while :; do
        interrupted=0
        wait "$1"
        found=$?
        [ "$found" -eq 127 ] || code=$found
        [ "$interrupted" -eq 1 ] || return
    done
}

# Runs the command given and passes on what Slurm tells this shell: USR1, that the time ends soon.
patron_run() {
    cancelled=0
    # Whoever can't keep a checkpoint goes on to the limit instead.
    trap 'interrupted=1; [ "$can_stop" -eq 0 ] || kill -USR1 "$child" 2>/dev/null' USR1
    # Slurm signals the ranks itself.
    trap 'interrupted=1; cancelled=1' TERM
    # What is said is kept, too, by one that Slurm's signals do not end.
    exec {said}> >(trap '' USR1 TERM && exec tee "/proc/self/fd/$kept" >&2)
    local keeper=$!
    if [ -n "${PATRON_REPORT:-}" ]; then
        "$@" >"$PATRON_REPORT.partial" 2>&"$said" {said}>&- &
    else
        "$@" 2>&"$said" {said}>&- &
    fi
    child=$!
    patron_wait "$child"
    exec {said}>&-
    wait "$keeper"
    if [ -n "${PATRON_REPORT:-}" ] && [ "$code" -le 1 ]; then
        mv -f "$PATRON_REPORT.partial" "$PATRON_REPORT"
    fi
}

# Whether MPI broke as it started, of which other ranks do not end by themselves.
patron_broke_at_start() {
    [ "$code" -ne 0 ] && [ "$cancelled" -eq 0 ] && grep -q 'MPI broke while it started' "/proc/self/fd/$kept"
}

# The same, and again where MPI breaks as it starts: Open MPI 4.1 does under srun, once in some hundreds of starts.
patron_run_started() {
    local name starts=1
    name=$(mktemp) || patron_fail 73 "no file can be made in ${TMPDIR:-/tmp}"
    exec {kept}<>"$name"
    rm -f "$name"
    patron_run "$@"
    while patron_broke_at_start && [ "$starts" -lt 3 ]; do
        starts=$((starts + 1))
        patron_say "MPI broke while it started: started again"
        patron_run "$@"
    done
}

# Whether the launch ended for want of a node: not by an exit code of the program's, and a node
# doesn't answer.
patron_lost_node() {
    case $code in 0 | 6[4-9] | 7[0-8]) return 1 ;; esac
    ! patron_on_nodes true 2>/dev/null
}

# Back into the queue, which ends this shell; the same command resumes.
patron_requeue() {
    local restarts=${SLURM_RESTART_COUNT:-0}
    [ "$restarts" -lt "$PATRON_REQUEUES" ] ||
        patron_fail "$code" "$1, but it was queued again $restarts times (PATRON_REQUEUES); submit it again to go on"
    patron_say "$1: back into the queue, restart $((restarts + 1)) of at most $PATRON_REQUEUES"
    scontrol requeue "$SLURM_JOB_ID" || patron_fail "$code" "could not be queued again; submit it to go on"
    sleep 60 &
    wait $!
    exit "$code"
}

# What a marker says of the stage that has made `output`.
patron_mark_of() {
    echo "$PATRON_MARK $(stat -c '%s %Y' "$1" 2>/dev/null)"
}

patron_is_done() {
    [ -n "${PATRON_DONE:-}" ] && [ -e "$1" ] && [ "$(cat "$PATRON_DONE" 2>/dev/null)" = "$(patron_mark_of "$1")" ]
}

patron_batch() {
    local output
    patron_job=$1
    shift
    [ -n "${SLURM_JOB_ID:-}" ] || patron_fail 64 "not in a Slurm allocation: submit it with sbatch"
    [ $# -gt 0 ] || patron_fail 64 "no arguments: give those of 'patron $patron_job'"
    output=${PATRON_REPORT:-$(patron_output_of "$@")}
    if patron_is_done "$output"; then
        patron_say "$output is there, of the same options and inputs: nothing to do"
        exit 0
    fi
    can_stop=0
    nodes=${SLURM_JOB_NUM_NODES:-1}
    ranks=${SLURM_NTASKS:-1}
    threads=${SLURM_CPUS_PER_TASK:-1}
    export PATRON_LOG_LEVEL=${PATRON_LOG_LEVEL:-info} # a line at the end that a search finds
    patron_settings
    patron_preflight "$output"
    patron_launcher
    patron_checkpoint "$output" "$@"
    patron_say "$ranks ranks x $threads threads on ${SLURM_JOB_NODELIST:-?}, by ${launch[*]}"
    patron_run_started "${launch[@]}" "$PATRON" "$patron_job" --threads "$threads" "$@" ${checkpoint[@]+"${checkpoint[@]}"}
    if [ "$cancelled" -eq 0 ]; then
        [ "$code" -ne 75 ] || patron_requeue "stopped at a checkpoint"
        ! patron_lost_node || patron_requeue "a node of ${SLURM_JOB_NODELIST:-?} was lost"
    fi
    [ "$code" -eq 0 ] || patron_fail "$code" "job $SLURM_JOB_ID failed with exit code $code; the reason stands above"
    [ -z "${PATRON_DONE:-}" ] || { patron_mark_of "$output" >"$PATRON_DONE.new" && mv -f "$PATRON_DONE.new" "$PATRON_DONE"; }
}
