/* SPDX-License-Identifier: Apache-2.0 */
/* machine THREADS [MEBIBYTES [PREFIX]]: what the machine can do at most with so many threads, as
 * one JSON line: float32 multiply-adds a second in the widest vectors it has, each counted as two
 * operations, and bytes a second read from memory.  With PREFIX, of a file that is made and
 * removed, also bytes a second written to it, synced, and read again, as a rule from the page
 * cache.  Compiled so that a multiplication and the addition after it become one instruction. */
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHAINS = 12, REPEATS = 5, STEPS = 4000000 };

/* Independent chains: enough to hide the latency of each, few enough for 16 registers. */
#define DEFINE_CHAINS(name, target, bytes)                                                         \
    typedef float name##_vector __attribute__((vector_size(bytes)));                               \
    target __attribute__((noinline)) static float name(uint64_t steps)                             \
    {                                                                                              \
        const name##_vector none = {0}, scale = none + 0.5F, term = none + 1.0F;                   \
        name##_vector chain[CHAINS], sum = none;                                                   \
        for (int c = 0; c < CHAINS; ++c)                                                           \
            chain[c] = none + (float)c;                                                            \
        for (uint64_t step = 0; step < steps; ++step)                                              \
            for (int c = 0; c < CHAINS; ++c)                                                       \
                chain[c] = chain[c] * scale + term;                                                \
        for (int c = 0; c < CHAINS; ++c)                                                           \
            sum += chain[c];                                                                       \
        return sum[0];                                                                             \
    }

DEFINE_CHAINS(chains_128, , 16)
#if defined(__x86_64__)
DEFINE_CHAINS(chains_256, __attribute__((target("avx2,fma"))), 32)
DEFINE_CHAINS(chains_512, __attribute__((target("avx512f"))), 64)
#endif

typedef float chains(uint64_t steps);

static chains *widest(int *bits)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return *bits = 512, chains_512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return *bits = 256, chains_256;
#endif
    return *bits = 128, chains_128;
}

/* Operations a second of all threads, the best of some repeats. */
static double measure_peak(int threads, int *bits)
{
    const double operations = 2.0;
    chains *run = widest(bits);
    double per_step = operations * CHAINS * (*bits / 32.0), best = 0.0;
    volatile float sink = 0.0F;
    for (int repeat = 0; repeat < REPEATS; ++repeat) {
        double began = omp_get_wtime();
        float sum = 0.0F;
#pragma omp parallel num_threads(threads) reduction(+ : sum)
        sum += run(STEPS);
        sink = sum;
        double rate = per_step * STEPS * threads / (omp_get_wtime() - began);
        best = rate > best ? rate : best;
    }
    (void)sink;
    return best;
}

/* Bytes a second that all threads read from memory, the best of some repeats. */
static double measure_reading(int threads, uint64_t bytes)
{
    int64_t count = (int64_t)(bytes / sizeof(uint64_t));
    uint64_t *values = malloc(bytes);
    double best = 0.0;
    volatile uint64_t sink = 0;
    if (values == NULL)
        return 0.0;
    for (int repeat = -1; repeat < REPEATS; ++repeat) {
        double began = omp_get_wtime();
        uint64_t sum = 0;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(+ : sum)
        for (int64_t i = 0; i < count; ++i)
            if (repeat < 0)
                values[i] = (uint64_t)i; /* pages are first touched by those who read them */
            else
                sum += values[i];
        sink = sum;
        double rate = (double)bytes / (omp_get_wtime() - began);
        best = repeat >= 0 && rate > best ? rate : best;
    }
    (void)sink;
    free(values);
    return best;
}

typedef struct file_rates {
    double write, read; /* bytes a second; 0: it failed */
} file_rates;

/* Each thread writes, or reads, its share in pieces; whether all went well. */
static bool pass_file(int file, int threads, int64_t pieces, bool writes)
{
    enum { PIECE = 1 << 20 };
    bool failed = false;
#pragma omp parallel num_threads(threads) reduction(|| : failed)
    {
        char *piece = calloc(1, PIECE);
        failed = piece == NULL;
#pragma omp for schedule(static)
        for (int64_t i = 0; i < pieces; ++i)
            failed = failed || (writes ? pwrite(file, piece, PIECE, i * PIECE)
                                       : pread(file, piece, PIECE, i * PIECE)) != PIECE;
        free(piece);
    }
    return !failed;
}

static file_rates measure_file(int threads, uint64_t mebibytes, const char *prefix)
{
    char path[4096];
    file_rates rates = {0};
    double bytes = (double)(mebibytes << 20);
    snprintf(path, sizeof path, "%s.XXXXXX", prefix); /* many may measure side by side */
    int file = mkstemp(path);
    double began = omp_get_wtime();
    if (file < 0)
        return rates;
    if (pass_file(file, threads, (int64_t)mebibytes, true) && fsync(file) == 0)
        rates.write = bytes / (omp_get_wtime() - began);
    for (int repeat = 0; rates.write > 0.0 && repeat < REPEATS; ++repeat) {
        began = omp_get_wtime();
        bool read = pass_file(file, threads, (int64_t)mebibytes, false);
        double rate = bytes / (omp_get_wtime() - began);
        rates.read = read && rate > rates.read ? rate : rates.read;
    }
    close(file);
    unlink(path);
    return rates;
}

int main(int argc, char **argv)
{
    const double giga = 1e9;
    if (argc < 2) {
        fprintf(stderr, "usage: machine THREADS [MEBIBYTES [PREFIX]]\n");
        return 64;
    }
    int threads = (int)strtol(argv[1], NULL, 10), bits = 0;
    uint64_t mebibytes = argc > 2 ? strtoull(argv[2], NULL, 10) : 1024;
    if (threads < 1 || mebibytes < 1) {
        fprintf(stderr, "machine: threads and mebibytes are at least 1\n");
        return 64;
    }
    double peak = measure_peak(threads, &bits);
    double reading = measure_reading(threads, mebibytes << 20);
    printf("{\"threads\": %d, \"vector_bits\": %d, \"gflops\": %.1f, \"read_gbytes\": %.2f",
           threads, bits, peak / giga, reading / giga);
    if (argc > 3) {
        file_rates rates = measure_file(threads, mebibytes, argv[3]);
        printf(", \"file_write_gbytes\": %.3f, \"file_read_gbytes\": %.3f", rates.write / giga,
               rates.read / giga);
    }
    printf("}\n");
    return 0;
}
