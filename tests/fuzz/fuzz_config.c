/* SPDX-License-Identifier: Apache-2.0 */
/* Job files: each key is told with a value, on a line that the file has. */
#include "cli/config.h"
#include "fuzz_file.h"

#include <string.h>

static patron_status take(void *user, const patron_config_key *key)
{
    const int *lines = user;
    fuzz_check(key->name != NULL && key->value != NULL, "a key has a name and a value");
    fuzz_check(strlen(key->name) < 200 && strlen(key->value) < 200, "a line has its limit");
    fuzz_check(key->line >= 1 && key->line <= *lines, "the line is one of the file");
    return PATRON_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int lines = 1;
    for (size_t i = 0; i < size; ++i)
        lines += data[i] == '\n';
    patron_status status =
        patron_config_read("job file", fuzz_file(data, size), "segment", take, &lines);
    fuzz_check(status == PATRON_OK || status == PATRON_CONFIG, "a wrong file is told as such");
    return 0;
}
