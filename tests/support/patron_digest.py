# SPDX-License-Identifier: Apache-2.0
"""The digest of a dataset or model, written from its definition alone, with h5py and hashlib: what
`patron verify --digest` must print.

H is BLAKE2b with 32 bytes.  Every object but /run is hashed in bytewise order of its path: a header
of path, type, shape and attributes, and then, for a dataset, the hash of each block of 65,536 rows.
The digest is the hash of these hashes.  Of a dataset's root attributes, those that tell of parts
are left out; a folder of parts is hashed as the one file that it stands for."""
import hashlib
import pathlib

import h5py
import numpy

BLOCK_ROWS = 65536
PARTITION_ATTRIBUTES = {"part", "parts", "rows_total", "first_row", "baskets_total",
                        "first_basket", "digest"}
NUMBERS = {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
NUMBERS |= {"float32", "float64"}


def blake(*pieces):
    state = hashlib.blake2b(digest_size=32)
    for piece in pieces:
        state.update(piece)
    return state.digest()


def is_string(dtype):
    return dtype.kind == "S" or h5py.check_string_dtype(dtype) is not None


def plain(dtype):
    """The narrowest of the types that have a digest: half floats count as float32, enumerations
    (h5py makes booleans of some) as their integers."""
    if dtype == numpy.float16:
        return numpy.dtype("float32")
    return numpy.dtype("int8") if dtype == numpy.bool_ else dtype


def type_text(dtype):
    dtype = plain(dtype)
    if is_string(dtype):
        return "string"
    if dtype.names is not None:
        return "{" + ",".join(f"{name}:{type_text(dtype[name])}" for name in dtype.names) + "}"
    if dtype.name not in NUMBERS:
        raise ValueError(f"no digest is defined for the type {dtype}")
    return dtype.name


def shape_text(shape):
    return "x".join(map(str, shape)) if shape else "scalar"


def string_bytes(value):
    raw = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)
    raw = raw.split(b"\0")[0]
    return len(raw).to_bytes(8, "little") + raw


def number_bytes(values):
    values = numpy.array(values, dtype=plain(values.dtype).newbyteorder("<"), order="C")
    if values.dtype.kind == "f":
        values[values == 0] = 0.0
        bits = values.view(f"<u{values.dtype.itemsize}")
        bits[numpy.isnan(values)] = 0x7FC00000 if bits.dtype.itemsize == 4 else 0x7FF8000000000000
    return values


def canonical(values):
    """The canonical bytes of a numpy array of any type that has them."""
    if is_string(values.dtype):
        return b"".join(string_bytes(value) for value in values.reshape(-1))
    if values.dtype.names is None:
        return number_bytes(values).tobytes()
    rows = values.reshape(-1)
    columns = []
    for name in values.dtype.names:
        member = rows[name]
        columns.append([canonical(member[i:i + 1]) for i in range(len(rows))])
    return b"".join(b"".join(row) for row in zip(*columns))


def read_attribute(item, name):
    identity = item.attrs.get_id(name)
    value = item.attrs[name]
    if isinstance(value, h5py.Empty):
        raise ValueError(f"no digest is defined for the empty attribute {name}")
    dtype = identity.dtype
    if is_string(dtype):
        values = numpy.array(value, dtype=object).reshape(identity.shape)
        if identity.get_type().get_class() == h5py.h5t.STRING:
            values = without_blanks(identity.get_type(), values)
        return "string", identity.shape, canonical_strings(values)
    return type_text(dtype), identity.shape, canonical(numpy.asarray(value, dtype=dtype))


def canonical_strings(values):
    return b"".join(string_bytes(value) for value in values.reshape(-1))


def without_blanks(string_type, values):
    """Blanks at the end are padding only where the type says so."""
    if string_type.get_strpad() != h5py.h5t.STR_SPACEPAD:
        return values
    flat = [value.rstrip(" " if isinstance(value, str) else b" ") for value in values.reshape(-1)]
    return numpy.array(flat, dtype=object).reshape(values.shape)


def read_values(dataset):
    values = numpy.asarray(dataset[()])
    if is_string(dataset.dtype):
        values = without_blanks(dataset.id.get_type(), values.astype(object))
        return values.astype(h5py.string_dtype())
    return values


def paths_of(file):
    paths = ["/"]
    file.visit(lambda name: paths.append("/" + name))
    kept = [path for path in paths if path != "/run" and not path.startswith("/run/")]
    return sorted(kept, key=lambda path: path.encode("utf-8"))


def joined(files, path):
    """The values at `path` of the one file that the parts stand for."""
    if len(files) == 1 or not path.startswith(("/customers/", "/baskets/")):
        return read_values(files[0][path])
    pieces = [read_values(file[path]) for file in files]
    if path == "/baskets/offsets":
        before = 0
        for index, file in enumerate(files):
            pieces[index] = (pieces[index] + numpy.uint64(before))[1 if index else 0:]
            before += file["/baskets/items"].shape[0]
    result = numpy.concatenate(pieces)
    return result.astype(h5py.string_dtype()) if is_string(files[0][path].dtype) else result


def object_hash(files, path):
    item = files[0][path]
    left_out = set()
    if path == "/" and item.attrs.get("format") in ("patron-dataset", b"patron-dataset"):
        left_out = PARTITION_ATTRIBUTES
    values = joined(files, path) if isinstance(item, h5py.Dataset) else None
    kind, shape = "group", ""
    if values is not None:
        kind, shape = type_text(item.dtype), shape_text(values.shape)
    pieces = [f"{path}\n{kind}\n{shape}\n".encode()]
    for name in sorted(set(item.attrs) - left_out, key=lambda name: name.encode("utf-8")):
        attribute_kind, attribute_shape, raw = read_attribute(item, name)
        pieces.append(f"@{name}\n{attribute_kind}\n{shape_text(attribute_shape)}\n".encode())
        pieces.append(blake(raw))
    if values is not None:
        rows = values if values.shape else values.reshape(1)
        pieces += [blake(canonical(rows[first:first + BLOCK_ROWS]))
                   for first in range(0, rows.shape[0], BLOCK_ROWS)]
    return blake(*pieces)


def digest(path):
    """The digest, in hexadecimal, of the model, dataset or folder of parts at `path`."""
    path = pathlib.Path(path)
    names = sorted(path.glob("part-*.h5")) if path.is_dir() else [path]
    files = [h5py.File(name, "r") for name in names]
    try:
        return blake(*(object_hash(files, path) for path in paths_of(files[0]))).hex()
    finally:
        for file in files:
            file.close()
