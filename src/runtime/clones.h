/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that the compiler makes once for each width of vectors; which one is called is settled
 * when the program is loaded.  By gcc only: what clang has run then is before ThreadSanitizer is
 * ready. */
#ifndef PATRON_RUNTIME_CLONES_H
#define PATRON_RUNTIME_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define PATRON_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define PATRON_VECTOR_CLONES
#endif

#endif
