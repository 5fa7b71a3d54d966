# SPDX-License-Identifier: Apache-2.0
"""warm.py: takes half a gibibyte of memory, touches it, and gives it back.

Where a virtual machine returns its free pages to its host, the next program to need them waits for
the host, page by page: ten times as long as for a page that was just in use.  A program that needs
more memory than the one before it would pay for that, and none on a machine of its own."""
import mmap

SIZE = 1 << 29


def main():
    with mmap.mmap(-1, SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        memory[::mmap.PAGESIZE] = bytes(SIZE // mmap.PAGESIZE)


if __name__ == "__main__":
    main()
