/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of faults and of an end by another's hand.  Memory may be damaged or used up when
 * they run: they call only what is safe in a signal's handler, the first one on a stack of its own.
 */
#include "cli/fault.h"

#include "patron/status.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STACK_BYTES = 1 << 16 };

static const struct {
    int number;
    const char *name;
} faults[] = {{SIGSEGV, "SIGSEGV"},
              {SIGBUS, "SIGBUS"},
              {SIGILL, "SIGILL"},
              {SIGFPE, "SIGFPE"},
              {SIGABRT, "SIGABRT"}};

static volatile sig_atomic_t outcome = -1; /* the exit code, once it is certain */

static volatile sig_atomic_t is_starting;

static void print(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written; /* there is nobody else to tell */
}

static void on_fault(int number)
{
    if (outcome >= 0)
        _exit(outcome);
    print("patron: ");
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; ++i)
        if (faults[i].number == number)
            print(faults[i].name);
    print(is_starting ? ": MPI broke while it started: memory is short, or else start the same "
                        "command again\n"
                      : ": a fault of the program itself, or an input so damaged that a library "
                        "broke on it\n");
    _exit(patron_status_exit_code(PATRON_SOFTWARE));
}

static pid_t process; /* a child that a library forks may end as it likes */

static void on_exit_call(void)
{
    if (getpid() != process)
        return;
    print(
        "patron: a library of MPI or HDF5 ended the process, which it does when memory is short\n");
    _exit(patron_status_exit_code(PATRON_RESOURCE));
}

void patron_fault_install(void)
{
    process = getpid();
    atexit(on_exit_call);
    static char stack[STACK_BYTES];
    const stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    const struct sigaction action = {.sa_handler = on_fault,
                                     .sa_flags = SA_ONSTACK | (int)SA_RESETHAND};
    struct sigaction before;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; ++i)
        if (sigaction(faults[i].number, NULL, &before) == 0 && before.sa_handler == SIG_DFL) {
            sigaltstack(&alternative, NULL);
            sigaction(faults[i].number, &action, NULL);
        }
}

void patron_fault_starting(void)
{
    is_starting = 1;
}

void patron_fault_started(void)
{
    is_starting = 0;
}

void patron_fault_outcome(int exit_code)
{
    outcome = exit_code;
}

void patron_fault_end(void)
{
    process = 0;
}
