/* SPDX-License-Identifier: Apache-2.0 */
/* Quoting for a POSIX shell. */
#include "cli/command_line.h"

#include "patron/memory.h"

#include <stdbool.h>
#include <string.h>

static bool is_plain(const char *word)
{
    return *word != '\0' &&
           word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "-_./=:,+@%")] == '\0';
}

/* In single quotes; a single quote itself becomes '\''. */
static char *quote(char *to, const char *word)
{
    *to++ = '\'';
    for (; *word != '\0'; ++word)
        to = *word == '\'' ? stpcpy(to, "'\\''") : stpncpy(to, word, 1);
    *to++ = '\'';
    return to;
}

char *patron_command_line(int argc, char *const *argv)
{
    uint64_t room = 1;
    for (int i = 0; i < argc; ++i)
        room += 4 * strlen(argv[i]) + 3;
    char *line = patron_allocate(room, 1);
    if (line == NULL)
        return NULL;
    char *to = line;
    for (int i = 0; i < argc; ++i) {
        if (i > 0)
            *to++ = ' ';
        to = is_plain(argv[i]) ? stpcpy(to, argv[i]) : quote(to, argv[i]);
    }
    *to = '\0';
    return line;
}
