/* SPDX-License-Identifier: Apache-2.0 */
/* The digest is taken of what stands in the file, and added to it last: what is changed later,
 * by whomever, no longer fits. */
#include "store/digest_record.h"

#include "store/h5.h"
#include "store/h5_write.h"

#include <string.h>

patron_status patron_digest_record(const char *path, const char *group, const char *digest)
{
    patron_h5_file file;
    patron_status status = patron_h5_reopen(path, &file);
    if (status == PATRON_OK)
        status = patron_h5_attach_text(&file, group, "digest", digest);
    patron_status closed = patron_h5_close(&file);
    return status == PATRON_OK ? closed : status;
}

patron_status patron_digest_recorded(hid_t object, const char *name,
                                     char digest[PATRON_DIGEST_TEXT])
{
    patron_texts found = {0};
    patron_status status = PATRON_OK;
    digest[0] = '\0';
    if (patron_h5_has_attribute(object, "digest"))
        status = patron_h5_attribute_texts(object, name, "digest", &found);
    if (status == PATRON_OK && found.count == 1 &&
        patron_texts_length(&found, 0) == PATRON_DIGEST_TEXT - 1) {
        memcpy(digest, patron_texts_at(&found, 0), PATRON_DIGEST_TEXT - 1);
        digest[PATRON_DIGEST_TEXT - 1] = '\0';
    }
    patron_texts_free(&found);
    return status;
}

patron_status patron_digest_check(const char *path, const char *digest, const char *recorded)
{
    return recorded[0] == '\0' || strcmp(digest, recorded) == 0
               ? PATRON_OK
               : patron_fail(PATRON_DATA,
                             "%s: its digest is %.16s..., %.16s... was recorded when it was "
                             "written: the content has changed",
                             path, digest, recorded);
}
