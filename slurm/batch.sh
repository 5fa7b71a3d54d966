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
# What Slurm has told this shell: that the time ends soon (USR1), or to end (TERM).
told=${told:-0} terminated=${terminated:-0} child=

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

# What the result of job $1 with the arguments that follow hangs on, as the program itself reads them, the
# environment and files: options, and input files with their size and time.
patron_fingerprint() { "$PATRON" "$1" --fingerprint "${@:2}"; }

patron_hash() { sha256sum | cut -c1-32; }

# A hash of that and of the version.
patron_mark() {
    local print
    print=$(patron_fingerprint "$@") || return
    { "$PATRON" --version && echo "$print"; } | patron_hash
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
        local why=$?
        ! patron_is_told || return 0
        [ "$why" -ne 124 ] || patron_fail 78 "not every node of ${SLURM_JOB_NODELIST:-?} has answered in a minute: see sinfo, and submit it again"
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

# Sets `checkpoint` to the options that keep one beside the output, where the job can, and `kept_at` to its
# name: that of what must be the same in the run that goes on, so that another run begins anew.
patron_checkpoint() {
    local output=$1
    checkpoint=()
    case " ${*:2} " in *" --checkpoint"[\ =]*) can_stop=1 && return ;; esac
    [ -n "$output" ] && "$PATRON" "$patron_job" --help | grep -q -e ' --checkpoint FILE' || return 0
    local print
    print=$(patron_fingerprint "$patron_job" "${@:2}") || patron_fail $? "the options can't be read; the reason stands above"
    kept_at=$output.$({ "$PATRON" --version | head -n 1 && grep -v '^apart ' <<<"$print"; } | patron_hash).checkpoint
    can_stop=1
    checkpoint=(--checkpoint "$kept_at" --checkpoint-every "$PATRON_CHECKPOINT_EVERY")
}

# Removes checkpoints of other runs to the same output, which is made now.
patron_forget_checkpoints() {
    local file
    for file in "$1".*.checkpoint; do
        [[ ${file#"$1".} =~ ^[0-9a-f]{32}\.checkpoint$ ]] || continue
        rm -f "$file" && patron_say "removed $file, of a run with other options, inputs or version"
    done
}

# ---- what Slurm tells ----

# USR1 is passed on to the launch.  Whoever can't keep a checkpoint goes on to the limit instead.
patron_pass_on() {
    [ "$told" -eq 0 ] || [ "$can_stop" -eq 0 ] || [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null
}

# TERM is not: Slurm signals the ranks itself.
patron_listen() {
    trap 'interrupted=1; told=1; patron_pass_on' USR1
    trap 'interrupted=1; terminated=1' TERM
}

# Whether it is told to stop, and can.
patron_is_told() { [ "$terminated" -eq 1 ] || [ "$told$can_stop" = 11 ]; }

# Whether the job is to end for good.  Who is told TERM and is left in the queue makes room for another job, or was
# signalled by hand.
patron_is_cancelled() {
    local state
    [ "$terminated" -eq 1 ] || return 1
    state=$(squeue -h -j "$patron_id" -o %T) || { sleep 5 && state=$(squeue -h -j "$patron_id" -o %T); }
    case $state in RUNNING | SIGNALING) return 1 ;; esac
}

# Back into the queue where it is told to stop before it has begun.
patron_heed() {
    patron_is_told || return 0
    code=75
    ! patron_is_cancelled || patron_fail 143 "cancelled before it began"
    patron_requeue "told to stop before it began"
}

# ---- the launch ----

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

# Runs the command given.
patron_run() {
    # What is said is kept, too, by one that Slurm's signals do not end.
    exec {said}> >(trap '' USR1 TERM && exec tee "/proc/self/fd/$kept" >&2)
    local keeper=$!
    if [ -n "${PATRON_REPORT:-}" ]; then
        "$@" >"$PATRON_REPORT.partial" 2>&"$said" {said}>&- &
    else
        "$@" 2>&"$said" {said}>&- &
    fi
    child=$!
    patron_pass_on
    patron_wait "$child"
    exec {said}>&-
    child=
    wait "$keeper"
    if [ -n "${PATRON_REPORT:-}" ] && [ "$code" -le 1 ]; then
        mv -f "$PATRON_REPORT.partial" "$PATRON_REPORT"
    fi
}

# Whether MPI broke as it started, of which other ranks do not end by themselves.
patron_broke_at_start() {
    [ "$code" -ne 0 ] && [ "$terminated" -eq 0 ] && grep -q 'MPI broke while it started' "/proc/self/fd/$kept"
}

# Whether the launcher ends with 0, but output $1 is not there: mpirun may where its daemons leave before ranks begin.
patron_made_nothing() { [ "$code" -eq 0 ] && [ -n "$1" ] && [ ! -e "$1" ]; }

# The same to make output $1, and again where MPI breaks as it starts: Open MPI 4.1 does under srun, once in some hundreds
# of starts.
patron_run_started() {
    local made=$1 name starts=1
    shift
    name=$(mktemp) || patron_fail 73 "no file can be made in ${TMPDIR:-/tmp}"
    exec {kept}<>"$name"
    rm -f "$name"
    patron_run "$@"
    while { patron_broke_at_start || patron_made_nothing "$made"; } && [ "$starts" -lt 3 ]; do
        starts=$((starts + 1))
        patron_say "MPI broke while it started, or has started nothing: started again"
        patron_run "$@"
    done
    ! patron_made_nothing "$made" || patron_fail 70 "the launcher ended with 0, but made no $made"
}

# ---- the queue ----

# Whether the exit code is the program's own.
patron_ended_itself() {
    case $code in 0 | 6[4-9] | 7[0-8]) return 0 ;; esac
    grep -q "patron: end .*exit_code=$code " "/proc/self/fd/$kept"
}

# Whether something from outside has ended the launch: TERM came to this shell, or to the ranks; or USR1 before they
# listened; or Slurm has told mpirun's daemons, of which it makes 205, as of other things.
patron_was_ended() {
    [ "$terminated" -eq 0 ] || return 0
    case $code in
    143) ;;
    138) [ "$told" -eq 1 ] ;;
    205) [ -e "$kept_at" ] || scontrol -o show job "$patron_id" | grep -q ' PreemptTime=[0-9]' ;;
    *) return 1 ;;
    esac
}

patron_lost_node() { ! patron_on_nodes true 2>/dev/null; }

# Back into the queue where the job is not done, and has not failed.
patron_come_back() {
    local from="anew"
    [ "$code" -ne 0 ] && ! patron_is_cancelled || return 0
    [ -z "$kept_at" ] || [ ! -e "$kept_at" ] || from="from its last checkpoint"
    [ "$code" -ne 75 ] || patron_requeue "stopped at a checkpoint"
    ! patron_ended_itself || return 0
    ! patron_was_ended || patron_requeue "ended from outside (exit code $code), begins $from"
    ! patron_lost_node || patron_requeue "a node of ${SLURM_JOB_NODELIST:-?} was lost, begins $from"
}

# Back into the queue, which ends this shell; the same command resumes.
patron_requeue() {
    local restarts=${SLURM_RESTART_COUNT:-0}
    [ "$restarts" -lt "$PATRON_REQUEUES" ] ||
        patron_fail "$code" "$1, but it was queued again $restarts times (PATRON_REQUEUES); submit it again to go on"
    patron_say "$1: back into the queue, restart $((restarts + 1)) of at most $PATRON_REQUEUES"
    scontrol requeue "$patron_id" || patron_fail "$code" "could not be queued again; submit it to go on"
    sleep 60 &
    wait $!
    exit "$code"
}

# What a marker says of the stage that has made `output`: its mark, and size and time of each file made.
patron_mark_of() {
    echo "$PATRON_MARK $(find -H "$1" -type f -printf '%P %s %T@\n' 2>/dev/null | LC_ALL=C sort | patron_hash)"
}

patron_is_done() {
    [ -n "${PATRON_DONE:-}" ] && [ -e "$1" ] && [ "$(cat "$PATRON_DONE" 2>/dev/null)" = "$(patron_mark_of "$1")" ]
}

patron_batch() {
    local output
    can_stop=0 kept_at=
    patron_listen
    patron_job=$1
    shift
    [ -n "${SLURM_JOB_ID:-}" ] || patron_fail 64 "not in a Slurm allocation: submit it with sbatch"
    # Of an array all tasks would go by the number of one.
    patron_id=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID:-}}
    patron_id=${patron_id:-$SLURM_JOB_ID}
    [ $# -gt 0 ] || patron_fail 64 "no arguments: give those of 'patron $patron_job'"
    output=${PATRON_REPORT:-$(patron_output_of "$@")}
    if patron_is_done "$output"; then
        patron_say "$output is there, of the same options and inputs: nothing to do"
        exit 0
    fi
    nodes=${SLURM_JOB_NUM_NODES:-1}
    ranks=${SLURM_NTASKS:-1}
    threads=${SLURM_CPUS_PER_TASK:-1}
    export PATRON_LOG_LEVEL=${PATRON_LOG_LEVEL:-info} # a line at the end that a search finds
    patron_settings
    patron_checkpoint "$output" "$@"
    patron_preflight "$output"
    patron_heed
    patron_launcher
    patron_say "$ranks ranks x $threads threads on ${SLURM_JOB_NODELIST:-?}, by ${launch[*]}"
    patron_run_started "$output" "${launch[@]}" "$PATRON" "$patron_job" --threads "$threads" "$@" ${checkpoint[@]+"${checkpoint[@]}"}
    patron_come_back
    [ "$code" -eq 0 ] || patron_fail "$code" "job $SLURM_JOB_ID failed with exit code $code; the reason stands above"
    [ -z "$output" ] || patron_forget_checkpoints "$output"
    [ -z "${PATRON_DONE:-}" ] || { patron_mark_of "$output" >"$PATRON_DONE.new" && mv -f "$PATRON_DONE.new" "$PATRON_DONE"; }
}
