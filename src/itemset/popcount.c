/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted population counts of intersections, and bits picked out of rows.  Each loop stands once;
 * the compiler makes of it what each instruction set can do. */
#include "itemset/popcount.h"

#define KERNEL_PARAMETERS                                                                          \
    const itemset_planes *planes, const uint64_t *held, const uint64_t *columns, uint64_t stride,  \
        const uint32_t *candidates, uint32_t count, uint64_t *counts

static inline __attribute__((always_inline)) uint64_t
count_column(const itemset_planes *planes, const uint64_t *held, const uint64_t *column)
{
    uint64_t sum = 0;
    for (uint32_t plane = 0; plane < planes->count; ++plane) {
        uint64_t words = planes->words[plane];
        uint64_t bits = 0;
        for (uint64_t word = 0; word < words; ++word)
            bits += (uint64_t)__builtin_popcountll(held[word] & column[word]);
        sum += bits << plane;
        held += words;
    }
    return sum;
}

static inline __attribute__((always_inline)) void count_columns(KERNEL_PARAMETERS)
{
    if (stride == 1 && planes->count == 1) {
        for (uint32_t i = 0; i < count; ++i)
            counts[i] = (uint64_t)__builtin_popcountll(held[0] & columns[candidates[i]]);
        return;
    }
    for (uint32_t i = 0; i < count; ++i)
        counts[i] = count_column(planes, held, columns + candidates[i] * stride);
}

static void count_portable(KERNEL_PARAMETERS)
{
    count_columns(planes, held, columns, stride, candidates, count, counts);
}

uint64_t itemset_count_bits(const uint64_t *words, uint64_t count)
{
    uint64_t bits = 0;
    for (uint64_t word = 0; word < count; ++word)
        bits += (uint64_t)__builtin_popcountll(words[word]);
    return bits;
}

/* Appends the bits that `take` picks from each word; out[] has room for all that are held. */
#define COMPRESS(take)                                                                             \
    uint64_t used = 0, word = 0;                                                                   \
    for (uint64_t i = 0; i < count; ++i) {                                                         \
        uint64_t bits = take(words[i], held[i]);                                                   \
        word |= bits << used;                                                                      \
        uint64_t taken = (uint64_t)__builtin_popcountll(held[i]);                                  \
        if (used + taken >= 64) {                                                                  \
            *out++ = word;                                                                         \
            word = used == 0 ? 0 : bits >> (64 - used);                                            \
        }                                                                                          \
        used = (used + taken) % 64;                                                                \
    }                                                                                              \
    if (used > 0)                                                                                  \
        *out = word;

static uint64_t extract(uint64_t word, uint64_t held)
{
    uint64_t bits = 0;
    for (uint64_t place = 0; held != 0; held &= held - 1, ++place)
        bits |= (word >> __builtin_ctzll(held) & 1) << place;
    return bits;
}

static void compress_portable(const uint64_t *words, const uint64_t *held, uint64_t count,
                              uint64_t *out)
{
    COMPRESS(extract)
}

#define PICK_PARAMETERS                                                                            \
    const itemset_bit_rows *rows, const uint64_t *held, uint64_t held_words,                       \
        const uint64_t *wanted, uint64_t *masks, uint64_t *weights

/* One row's mask, from what `take` picks of each of its words. */
#define PICK_ROW(take)                                                                             \
    const uint64_t *from = rows->words + row * stride;                                             \
    uint64_t mask = take(from[0], wanted[0]);                                                      \
    uint64_t used = (uint64_t)__builtin_popcountll(wanted[0]);                                     \
    for (uint64_t i = 1; i < stride; ++i) {                                                        \
        if (wanted[i] == 0)                                                                        \
            continue;                                                                              \
        mask |= take(from[i], wanted[i]) << used;                                                  \
        used += (uint64_t)__builtin_popcountll(wanted[i]);                                         \
    }

#define PICK(take)                                                                                 \
    uint64_t count = 0, stride = rows->stride;                                                     \
    for (uint64_t word = 0; word < held_words; ++word)                                             \
        for (uint64_t left = held[word]; left != 0; left &= left - 1) {                            \
            uint64_t row = 64 * word + (uint64_t)__builtin_ctzll(left);                            \
            PICK_ROW(take)                                                                         \
            masks[count] = mask;                                                                   \
            weights[count] = rows->weights[row];                                                   \
            count += (mask & (mask - 1)) != 0;                                                     \
        }                                                                                          \
    return count;

static uint64_t pick_portable(PICK_PARAMETERS)
{
    PICK(extract)
}

#ifdef __x86_64__

__attribute__((target("popcnt,bmi2"))) static uint64_t pick_bmi2(PICK_PARAMETERS)
{
    PICK(__builtin_ia32_pext_di)
}

__attribute__((target("popcnt,bmi2"))) static void
compress_bmi2(const uint64_t *words, const uint64_t *held, uint64_t count, uint64_t *out)
{
    COMPRESS(__builtin_ia32_pext_di)
}

__attribute__((target("popcnt"))) static void count_popcnt(KERNEL_PARAMETERS)
{
    count_columns(planes, held, columns, stride, candidates, count, counts);
}

__attribute__((target("popcnt,avx512f,avx512vl,avx512vpopcntdq"))) static void
count_avx512(KERNEL_PARAMETERS)
{
    count_columns(planes, held, columns, stride, candidates, count, counts);
}

#endif

int itemset_count_kernels(itemset_count_kernel kernels[ITEMSET_MOST_KERNELS])
{
    int count = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq"))
        kernels[count++] = count_avx512;
    if (__builtin_cpu_supports("popcnt"))
        kernels[count++] = count_popcnt;
#endif
    kernels[count++] = count_portable;
    return count;
}

void itemset_compress_bits(const uint64_t *words, const uint64_t *held, uint64_t count,
                           uint64_t *out)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt")) {
        compress_bmi2(words, held, count, out);
        return;
    }
#endif
    compress_portable(words, held, count, out);
}

int itemset_pick_kernels(itemset_pick_kernel kernels[ITEMSET_MOST_PICK_KERNELS])
{
    int count = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt"))
        kernels[count++] = pick_bmi2;
#endif
    kernels[count++] = pick_portable;
    return count;
}
