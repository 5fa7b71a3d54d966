/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a job, from one table: the table drives parsing, environment, job file, defaults, the
 * record of what took effect, and help.
 *
 * A value is taken from the first of: flag, environment (PATRON_LONG_NAME), job file, default.  All
 * given values are checked, those that are overridden too.  Long flags may be abbreviated while
 * they stay unambiguous; names in the environment and in files are written in full.
 * Nothing here is collective. */
#ifndef PATRON_CLI_OPTION_H
#define PATRON_CLI_OPTION_H

#include "patron/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum patron_option_type {
    PATRON_OPTION_FLAG,   /* bool */
    PATRON_OPTION_INT,    /* int, not negative */
    PATRON_OPTION_U32,    /* uint32_t */
    PATRON_OPTION_U64,    /* uint64_t */
    PATRON_OPTION_SIZE,   /* uint64_t bytes, written with an optional K, M, G or T (times 1024) */
    PATRON_OPTION_REAL,   /* double, finite */
    PATRON_OPTION_TEXT,   /* const char *, not empty; NULL when unset; owned by the option set */
    PATRON_OPTION_CHOICE, /* int or enum: index into `choices` */
    PATRON_OPTION_LIST    /* patron_option_list; a flag given again adds to it */
} patron_option_type;

/* Texts separated by commas, or file names a line each; owned by the option set. */
typedef struct patron_option_list {
    uint32_t count;
    const char **names;
} patron_option_list;

typedef struct patron_option_interval {
    double low, high; /* both 0: no bounds; a side that is infinite has none */
    bool low_open, high_open;
} patron_option_interval;

/* Where an option may be given. */
typedef enum patron_option_reach {
    PATRON_REACH_ALL,
    PATRON_REACH_NOT_FILE, /* flag and environment */
    PATRON_REACH_FLAG
} patron_option_reach;

typedef struct patron_option {
    const char *name;     /* long name, without dashes */
    char key;             /* short name, 0: none */
    const char *argument; /* what help calls the value, "N"; NULL for a flag */
    const char *doc;      /* one line */
    const char *group;    /* heading in help; NULL: that of the option before */
    patron_option_type type;
    size_t offset;        /* of the member that takes the value */
    char separator;       /* of a list's names; 0: a comma */
    const char *standard; /* default, as a user would write it; NULL: zero, NULL, empty */
    const char *const *choices;
    uint32_t choice_count;
    uint64_t least, most; /* whole numbers and sizes; most 0: what the type holds */
    patron_option_interval interval;
    const char *excludes; /* name of an option that can't be given beside this one */
    bool required;
    bool is_apart; /* it does not touch the result: a checkpoint fits all its values */
    bool is_input; /* it names files, or patterns of files, that the job reads */
    bool stops;    /* parsing ends where this flag stands: --help */
    patron_option_reach reach;
} patron_option;

/* `.type` and `.offset` for a member whose C type tells the option's type. */
#define PATRON_OPTION_STORE(structure, member)                                                     \
    .type = _Generic(((structure *)0)->member,                                                     \
        bool: PATRON_OPTION_FLAG,                                                                  \
        int: PATRON_OPTION_INT,                                                                    \
        uint32_t: PATRON_OPTION_U32,                                                               \
        uint64_t: PATRON_OPTION_U64,                                                               \
        double: PATRON_OPTION_REAL,                                                                \
        const char *: PATRON_OPTION_TEXT,                                                          \
        patron_option_list: PATRON_OPTION_LIST),                                                   \
    .offset = offsetof(structure, member)

/* The same for choices (`texts`, an array) and for sizes. */
#define PATRON_OPTION_STORE_CHOICE(structure, member, texts)                                       \
    .type = PATRON_OPTION_CHOICE, .offset = offsetof(structure, member), .choices = (texts),       \
    .choice_count = sizeof(texts) / sizeof((texts)[0])
#define PATRON_OPTION_STORE_SIZE(structure, member)                                                \
    .type = PATRON_OPTION_SIZE, .offset = offsetof(structure, member)

/* And for lists of files, whose names may hold commas. */
#define PATRON_OPTION_STORE_FILES(structure, member)                                               \
    .type = PATRON_OPTION_LIST, .offset = offsetof(structure, member), .separator = '\n'

/* What stands between the names of a list. */
char patron_option_separator(const patron_option *option);

#define PATRON_POSITIONAL_UNLIMITED UINT32_MAX

/* The arguments that are no options. */
typedef struct patron_positional {
    const char *name; /* what help calls them, "DATASET" */
    const char *doc;
    uint32_t least, most; /* how many */
    size_t offset;        /* of a patron_option_list */
} patron_positional;

/* In order of precedence. */
typedef enum patron_option_source {
    PATRON_FROM_DEFAULT,
    PATRON_FROM_FILE,
    PATRON_FROM_ENVIRONMENT,
    PATRON_FROM_FLAG,
    PATRON_OPTION_SOURCES
} patron_option_source;

/* A value as it was given, and what a message calls the place: "--k", "PATRON_K", "FILE:7: k". */
typedef struct patron_option_given {
    char *text; /* NULL: not given there */
    char *place;
} patron_option_given;

typedef struct patron_option_entry {
    const patron_option *option;
    void *target; /* the member */
    patron_option_source source;
    patron_option_given given[PATRON_OPTION_SOURCES];
} patron_option_entry;

/* The options that one job takes, and what they came to.  Start from a zeroed struct, fill `job`,
 * then add tables, parse, resolve; release with patron_options_free whatever failed. */
typedef struct patron_options {
    const char *job; /* also its section in a job file */
    patron_option_entry *entries;
    uint32_t count;
    const patron_positional *positional; /* NULL: the job takes none */
    patron_option_list *inputs;
    patron_option_list unclaimed; /* takes the place of `inputs` where the job has none */
    const char *stopped_by;       /* name of the flag that ended parsing; NULL: none */
} patron_options;

/* Adds table[count], whose members lie in `structure` (zeroed, outlives the set); names in
 * `without` (ended by NULL; NULL: none) are left out.  RESOURCE. */
patron_status patron_options_add(patron_options *options, const patron_option *table,
                                 uint32_t count, void *structure, const char *const *without);

/* Declares the arguments that are no options; they go into a list in `structure`. */
void patron_options_set_positional(patron_options *options, const patron_positional *positional,
                                   void *structure);

/* Notes flags and inputs of argv[argc], argv[0] being the job's name; argv outlives the set.  Stops
 * at a flag with `stops`.  USAGE: unknown, ambiguous or incomplete flags. */
patron_status patron_options_parse(patron_options *options, int argc, char *const *argv);

/* Looks into environment and job file (the option named "config"), fills in defaults, checks and
 * stores every value.  USAGE: a bad value or number of inputs, options that exclude each other, a
 * required one missing; CONFIG: the job file is missing, malformed, or holds an unknown key or a
 * bad value. */
patron_status patron_options_resolve(patron_options *options);

/* After parsing or resolving failed, and with no failure of its own: stores what each option that
 * can be read comes to, so that it is known where the failure is to be told.  The text of the
 * failure stays. */
void patron_options_salvage(patron_options *options);

/* The same from the section options->job of a file alone (`what` it is say messages, as "policy"),
 * whose keys are the options' names; none may exclude another or be required.  CONFIG, RESOURCE. */
patron_status patron_options_read_file(patron_options *options, const char *what, const char *path);

void patron_options_free(patron_options *options);

/* The entry of the option `name`; NULL where the set has none. */
const patron_option_entry *patron_options_find(const patron_options *options, const char *name);

/* Whether `name` was given by flag, environment or file. */
bool patron_options_given(const patron_options *options, const char *name);

/* What took effect as JSON text, {"k": {"value": 8, "from": "default"}, ...}; to free().  Inputs
 * stand under the positional's name.  NULL: out of memory, recorded. */
char *patron_options_record(const patron_options *options);

/* The value of one option that took effect, as JSON text on a line; to free().  NULL: as above. */
char *patron_option_json(const patron_option_entry *entry);

/* *holds: whether the record of what took effect, of this version, has this option with the same
 * value, wherever that came from.  RESOURCE. */
patron_status patron_options_record_holds(const char *record, const patron_option_entry *entry,
                                          bool *holds);

/* Name of the variable that stands for `option`, into variable[capacity]. */
void patron_option_variable(const patron_option *option, char *variable, size_t capacity);

/* What a value of `option` must be, "a whole number of at least 1", into text[capacity]. */
void patron_option_expected(const patron_option *option, char *text, size_t capacity);

/* Reads `text` into the member `target`; a list that `target` held is released.  USAGE, which is
 * not recorded, when it is no such value; RESOURCE. */
patron_status patron_option_convert(const patron_option *option, const char *text, void *target);

/* "flag", "environment", "file" or "default". */
const char *patron_option_source_name(patron_option_source source);

#endif
