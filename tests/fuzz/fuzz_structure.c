/* SPDX-License-Identifier: Apache-2.0 */
/* Files that HDF5 finds nothing wrong with, but that are no datasets or models: in a good one
 * objects and attributes go missing, come in addition, change places, or get other types, shapes
 * and values. The first byte chooses a good file of the folder PATRON_FUZZ_GOOD, each of the next
 * six a change. */
#include "fuzz_file.h"
#include "fuzz_reader.h"

#include <dirent.h>
#include <hdf5.h>
#include <string.h>

enum { CHANGE_BYTES = 6, MOST_CHANGES = 6, MOST_FILES = 16, MOST_NAMES = 128, NAME = 128 };

static struct {
    uint8_t *bytes;
    size_t size;
} good[MOST_FILES];
static size_t good_count;

/* What a change is made of. */
typedef struct change {
    uint8_t what, object, other, type, shape, value;
} change;

/* The objects of the file. */
typedef struct listing {
    char names[MOST_NAMES][NAME];
    size_t count;
} listing;

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void load(const char *path)
{
    FILE *file = fopen(path, "rb");
    fuzz_check(file != NULL && fseek(file, 0, SEEK_END) == 0, "a good file opens");
    size_t size = (size_t)ftell(file);
    rewind(file);
    good[good_count].bytes = malloc(size);
    good[good_count].size = size;
    fuzz_check(good[good_count].bytes != NULL &&
                   fread(good[good_count].bytes, 1, size, file) == size,
               "a good file is read");
    ++good_count;
    fclose(file);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *folder = getenv("PATRON_FUZZ_GOOD");
    struct dirent **entries = NULL;
    char path[512];
    fuzz_reader_start(argc, argv);
    int count = folder == NULL ? 0 : scandir(folder, &entries, is_file, compare_entries);
    fuzz_check(count > 0, "PATRON_FUZZ_GOOD is a folder of files");
    for (int i = 0; i < count; ++i) {
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (good_count < MOST_FILES)
            load(path);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

/* ---- types and shapes ---- */

static hid_t text_type(size_t length)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, length);
    return type;
}

static hid_t compound_type(void)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, 16);
    H5Tinsert(type, "inertia", 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "moved", 8, H5T_NATIVE_INT64);
    return type;
}

/* To be closed. */
static hid_t make_type(uint8_t which)
{
    const hsize_t two = 2;
    switch (which % 16) {
    case 0:
        return H5Tcopy(H5T_NATIVE_INT8);
    case 1:
        return H5Tcopy(H5T_NATIVE_UINT8);
    case 2:
        return H5Tcopy(H5T_STD_I16BE);
    case 3:
        return H5Tcopy(H5T_NATIVE_INT32);
    case 4:
        return H5Tcopy(H5T_NATIVE_UINT32);
    case 5:
        return H5Tcopy(H5T_NATIVE_INT64);
    case 6:
        return H5Tcopy(H5T_NATIVE_UINT64);
    case 7:
        return H5Tcopy(H5T_NATIVE_FLOAT);
    case 8:
        return H5Tcopy(H5T_IEEE_F64BE);
    case 9:
        return text_type(1);
    case 10:
        return text_type(40);
    case 11:
        return text_type(H5T_VARIABLE);
    case 12:
        return compound_type();
    case 13:
        return H5Tarray_create2(H5T_NATIVE_FLOAT, 1, &two);
    case 14:
        return H5Tcreate(H5T_OPAQUE, 8);
    default:
        return H5Tcopy(H5T_STD_REF_OBJ);
    }
}

/* To be closed; `size` is the extent that is there. */
static hid_t make_space(uint8_t which, hsize_t size)
{
    const hsize_t lengths[] = {
        0, 1, 2, size, size + 1, size > 0 ? size - 1 : 3, (hsize_t)1 << 40, ((hsize_t)1 << 61) + 1};
    const hsize_t dims[] = {lengths[which % 8], which / 32 % 2 == 0 ? 3 : lengths[which % 6], 2};
    switch (which / 8 % 4) {
    case 0:
        return H5Screate(which % 2 == 0 ? H5S_SCALAR : H5S_NULL);
    case 1:
        return H5Screate_simple(1, dims, NULL);
    case 2:
        return H5Screate_simple(2, dims, NULL);
    default:
        return H5Screate_simple(3, dims, NULL);
    }
}

/* Chunks, so that an extent of any size takes no room; sometimes deflated. */
static hid_t make_layout(hid_t space, uint8_t value)
{
    const hsize_t chunk[] = {4, 2, 2};
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank > 0 && rank <= 3) {
        H5Pset_chunk(layout, rank, chunk);
        if (value % 4 == 0)
            H5Pset_deflate(layout, 1);
    }
    return layout;
}

/* ---- changes ---- */

static herr_t list_one(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    listing *list = context;
    (void)root;
    (void)info;
    if (strcmp(name, ".") != 0 && list->count < MOST_NAMES)
        snprintf(list->names[list->count++], NAME, "%s", name);
    return 0;
}

/* The number of elements where they are few; else 0: HDF5's own number may have overflowed. */
static size_t few_elements(hid_t space)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    hsize_t count = H5Sget_simple_extent_npoints(space) > 0 ? 1 : 0;
    for (int i = 0; i < rank; ++i) {
        if (dims[i] > 4096)
            return 0;
        count *= dims[i];
    }
    return count <= 4096 ? (size_t)count : 0;
}

/* Writes a pattern over the values of a dataset or attribute that has few. */
static void fill(hid_t object, int is_attribute, uint8_t value)
{
    hid_t type = is_attribute ? H5Aget_type(object) : H5Dget_type(object);
    hid_t space = is_attribute ? H5Aget_space(object) : H5Dget_space(object);
    size_t count = few_elements(space);
    size_t size = H5Tget_size(type);
    int is_plain = H5Tis_variable_str(type) == 0 && H5Tget_class(type) != H5T_REFERENCE;
    if (is_plain && count > 0 && size <= 64) {
        size_t bytes = count * size;
        uint8_t *values = malloc(bytes);
        fuzz_check(values != NULL, "memory");
        for (size_t i = 0; i < bytes; ++i)
            values[i] = value % 3 == 0   ? 0xff
                        : value % 3 == 1 ? (uint8_t)(value / 3)
                                         : (uint8_t)(i * value);
        if (is_attribute)
            H5Awrite(object, type, values);
        else
            H5Dwrite(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        free(values);
    }
    H5Tclose(type);
    H5Sclose(space);
}

static hsize_t first_extent(hid_t dataset)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(dataset);
    H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    return dims[0];
}

/* Puts a dataset in the place of another, which keeps its type or shape where bits say so. */
static void replace(hid_t file, const char *name, const change *c)
{
    hid_t old = H5Dopen2(file, name, H5P_DEFAULT);
    if (old < 0)
        return;
    hid_t type = c->value % 2 == 0 ? H5Dget_type(old) : make_type(c->type);
    hid_t space =
        c->value / 2 % 2 == 0 ? H5Dget_space(old) : make_space(c->shape, first_extent(old));
    H5Dclose(old);
    H5Ldelete(file, name, H5P_DEFAULT);
    hid_t layout = make_layout(space, c->value / 4);
    hid_t made = H5Dcreate2(file, name, type, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    if (made >= 0) {
        fill(made, 0, c->other);
        H5Dclose(made);
    }
    H5Pclose(layout);
    H5Tclose(type);
    H5Sclose(space);
}

/* Takes an attribute away, and perhaps makes another in its place. */
static void change_attribute(hid_t file, const char *name, const change *c)
{
    char attribute[NAME] = "";
    H5O_info_t info;
    hid_t object = H5Oopen(file, name, H5P_DEFAULT);
    if (object < 0)
        return;
    if (H5Oget_info2(object, &info, H5O_INFO_NUM_ATTRS) >= 0 && info.num_attrs > 0) {
        H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, c->other % info.num_attrs,
                           attribute, sizeof attribute, H5P_DEFAULT);
        if (c->value % 4 == 3) {
            hid_t kept = H5Aopen(object, attribute, H5P_DEFAULT);
            fill(kept, 1, c->value / 4);
            H5Aclose(kept);
            attribute[0] = '\0';
        } else {
            H5Adelete(object, attribute);
        }
    }
    if (c->value % 4 < 2 && attribute[0] != '\0') {
        hid_t type = make_type(c->type), space = make_space(c->shape & 0xdd, 4);
        hid_t made = H5Acreate2(object, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT);
        if (made >= 0) {
            fill(made, 1, c->value / 4);
            H5Aclose(made);
        }
        H5Tclose(type);
        H5Sclose(space);
    }
    H5Oclose(object);
}

/* Links of all kinds, also to nowhere and in a ring. */
static void add_link(hid_t file, const char *name, const char *other, uint8_t kind)
{
    char added[NAME + 8];
    snprintf(added, sizeof added, "%s/more", other);
    if (kind % 2 == 0) {
        H5Ldelete(file, other, H5P_DEFAULT);
        snprintf(added, sizeof added, "%s", other);
    }
    switch (kind / 2 % 5) {
    case 0:
        H5Lcreate_soft("/nowhere", file, added, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 1:
        H5Lcreate_soft(added, file, added, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 2:
        H5Lcreate_external("nowhere.h5", "/", file, added, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 3:
        H5Lcreate_hard(file, "/", file, added, H5P_DEFAULT, H5P_DEFAULT);
        break;
    default:
        H5Lcreate_hard(file, name, file, added, H5P_DEFAULT, H5P_DEFAULT);
        break;
    }
}

static void apply(hid_t file, const change *c)
{
    listing *list = calloc(1, sizeof *list);
    fuzz_check(list != NULL, "memory");
    H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, list_one, list, H5O_INFO_BASIC);
    const char *name = list->count == 0 ? "." : list->names[c->object % list->count];
    const char *other = list->count == 0 ? "." : list->names[c->other % list->count];
    switch (c->what % 8) {
    case 0:
        H5Ldelete(file, name, H5P_DEFAULT);
        break;
    case 1:
    case 2:
        replace(file, name, c);
        break;
    case 3:
        change_attribute(file, name, c);
        break;
    case 4:
        change_attribute(file, ".", c);
        break;
    case 5:
        add_link(file, name, other, c->value);
        break;
    case 6:
        H5Ldelete(file, other, H5P_DEFAULT);
        H5Lmove(file, name, file, other, H5P_DEFAULT, H5P_DEFAULT);
        break;
    default: {
        hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
        if (dataset >= 0) {
            fill(dataset, 0, c->value);
            H5Dclose(dataset);
        }
    }
    }
    free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 + CHANGE_BYTES)
        return 0;
    size_t chosen = data[0] % good_count;
    const char *path = fuzz_file(good[chosen].bytes, good[chosen].size);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    fuzz_check(file >= 0, "a good file opens");
    for (size_t i = 0; i < MOST_CHANGES && 1 + (i + 1) * CHANGE_BYTES <= size; ++i) {
        change c;
        memcpy(&c, data + 1 + i * CHANGE_BYTES, CHANGE_BYTES);
        apply(file, &c);
    }
    H5Fclose(file);
    fuzz_reader_read(path);
    return 0;
}
