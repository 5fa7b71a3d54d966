/* SPDX-License-Identifier: Apache-2.0 */
/* The one status type of patron: what a function returns, what it means, and the exit code that
 * stands for it (after sysexits(3)).  Nothing here is collective. */
#ifndef PATRON_STATUS_H
#define PATRON_STATUS_H

/* name, exit code, text */
#define PATRON_STATUS_TABLE(X)                                                                     \
    X(OK, 0, "done")                                                                               \
    X(GATE, 1, "a gate that the user set failed")                                                  \
    X(USAGE, 64, "wrong usage")                                                                    \
    X(DATA, 65, "bad data, or a value that does not fit the data")                                 \
    X(NO_INPUT, 66, "input missing or unreadable")                                                 \
    X(SOFTWARE, 70, "a fault of the program itself")                                               \
    X(RESOURCE, 71, "out of memory or another resource")                                           \
    X(CANT_CREATE, 73, "output exists, or its folder is missing or not writable")                  \
    X(IO, 74, "a write or read failed midway")                                                     \
    X(STOPPED, 75, "stopped at a checkpoint")                                                      \
    X(REFUSED, 77, "refused by a safety rule")                                                     \
    X(CONFIG, 78, "configuration missing or wrong")

typedef enum patron_status {
#define PATRON_STATUS_ENUM(name, code, text) PATRON_##name,
    PATRON_STATUS_TABLE(PATRON_STATUS_ENUM)
#undef PATRON_STATUS_ENUM
} patron_status;

/* Exit code of the process that ends with `status`. */
int patron_status_exit_code(patron_status status);

/* Name ("DATA") and text of `status`; static strings. */
const char *patron_status_name(patron_status status);
const char *patron_status_text(patron_status status);

/* Bytes of a recorded text with its NUL: a path of any length, and what is said of it. */
enum { PATRON_FAIL_CAPACITY = 8192 };

/* Records why a function fails, for the one message that the user gets, and returns `status`, so
 * that a caller writes `return patron_fail(PATRON_DATA, "...")`.  The text names the file, row or
 * option, what was found and what was expected; no newline.  The latest text of the process stands;
 * callable from any thread. */
patron_status patron_fail(patron_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies the latest recorded text into `text` (`capacity` bytes, always ended by NUL); the text of
 * the status where none was recorded. */
void patron_fail_text(patron_status status, char *text, unsigned long capacity);

/* Replaces the recorded text (used when another rank's text is taken over). */
void patron_fail_set_text(const char *text);

/* From now on what the calling thread fails with is not recorded: one beside the run's own must not
 * put its text in the place of the run's. */
void patron_fail_quietly(void);

#endif
