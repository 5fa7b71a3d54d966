/* SPDX-License-Identifier: Apache-2.0 */
/* machine THREADS [MEBIBYTES [FILE_MEBIBYTES PREFIX]]: what the machine can do at most with so many
 * threads on each rank, all ranks at once, as one JSON line of rank 0: float32 multiply-adds a
 * second in the widest vectors it has, each counted as two operations, and bytes a second read from
 * memory, MEBIBYTES a rank.  With PREFIX, of files that are made and removed, one a rank, also
 * bytes a second written to them, synced, and read again, as a rule from the page cache.  All
 * samples are told. Compiled so that a multiplication and the addition after it become one
 * instruction. */
#include <mpi.h>
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { CHAINS = 12, REPEATS = 5, STEPS = 4000000, MEBIBYTE = 1 << 20 };

/* Of all ranks together, a second. */
typedef struct machine_rates {
    double operations[REPEATS], memory[REPEATS], write, read[REPEATS];
} machine_rates;

static double begin_together(void)
{
    MPI_Barrier(MPI_COMM_WORLD);
    return MPI_Wtime();
}

/* The work of all ranks a second.  The time is that from the first rank's beginning to the last
 * one's end, which the rank sees that began first: were each to take its own, ranks that share a
 * core or a disk, and come to it one after the other, would be counted as if each had it for
 * itself. */
static double rate_of(double work, double began)
{
    MPI_Barrier(MPI_COMM_WORLD);
    double seconds = MPI_Wtime() - began;
    MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, &work, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return work / seconds;
}

/* Whether it went well on all ranks. */
static bool all_well(bool well)
{
    int value = well;
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return value != 0;
}

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

/* The first pass, whose threads are still to be started, is not counted, here and below. */
static int measure_peak(int threads, double *rates)
{
    const double operations = 2.0;
    int bits = 0;
    chains *run = widest(&bits);
    double work = operations * CHAINS * (bits / 32.0) * STEPS * threads;
    volatile float sink = 0.0F;
    for (int repeat = -1; repeat < REPEATS; ++repeat) {
        double began = begin_together();
        float sum = 0.0F;
#pragma omp parallel num_threads(threads) reduction(+ : sum)
        sum += run(STEPS);
        sink = sum;
        double rate = rate_of(work, began);
        if (repeat >= 0)
            rates[repeat] = rate;
    }
    (void)sink;
    return bits;
}

static bool measure_memory(int threads, uint64_t bytes, double *rates)
{
    int64_t count = (int64_t)(bytes / sizeof(uint64_t));
    uint64_t *values = malloc(bytes);
    volatile uint64_t sink = 0;
    bool well = all_well(values != NULL);
    for (int repeat = -1; well && repeat < REPEATS; ++repeat) {
        double began = begin_together();
        uint64_t sum = 0;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(+ : sum)
        for (int64_t i = 0; i < count; ++i)
            if (repeat < 0)
                values[i] = (uint64_t)i; /* pages are first touched by those who read them */
            else
                sum += values[i];
        sink = sum;
        double rate = rate_of((double)bytes, began);
        if (repeat >= 0)
            rates[repeat] = rate;
    }
    (void)sink;
    free(values);
    return well;
}

/* Each thread writes, or reads, its share in pieces; whether all went well. */
static bool pass_file(int file, int threads, int64_t pieces, bool writes)
{
    bool failed = false;
#pragma omp parallel num_threads(threads) reduction(|| : failed)
    {
        char *piece = calloc(1, MEBIBYTE);
        failed = piece == NULL;
#pragma omp for schedule(static)
        for (int64_t i = 0; i < pieces; ++i)
            failed = failed || (writes ? pwrite(file, piece, MEBIBYTE, i * MEBIBYTE)
                                       : pread(file, piece, MEBIBYTE, i * MEBIBYTE)) != MEBIBYTE;
        free(piece);
    }
    return !failed;
}

static bool measure_file(int threads, uint64_t mebibytes, const char *prefix, machine_rates *rates)
{
    char path[4096];
    double bytes = (double)mebibytes * MEBIBYTE;
    bool fits = snprintf(path, sizeof path, "%s.XXXXXX", prefix) < (int)sizeof path;
    int file = fits ? mkstemp(path) : -1;
    if (file >= 0)
        unlink(path); /* now: nothing is left of it, however this ends */
    bool well = all_well(file >= 0);
    if (well) {
        double began = begin_together();
        bool wrote = pass_file(file, threads, (int64_t)mebibytes, true) && fsync(file) == 0;
        rates->write = rate_of(bytes, began);
        well = all_well(wrote);
    }
    for (int repeat = 0; well && repeat < REPEATS; ++repeat) {
        double began = begin_together();
        bool read = pass_file(file, threads, (int64_t)mebibytes, false);
        rates->read[repeat] = rate_of(bytes, began);
        well = all_well(read);
    }
    if (file >= 0)
        close(file);
    return well;
}

static int count_hosts(void)
{
    MPI_Comm neighbours;
    int rank = 0, hosts = 0;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &neighbours);
    MPI_Comm_rank(neighbours, &rank);
    MPI_Comm_free(&neighbours);
    int first = rank == 0;
    MPI_Allreduce(&first, &hosts, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    return hosts;
}

static void print_samples(const char *name, const double *rates, int count)
{
    const double giga = 1e9;
    printf(", \"%s\": [", name);
    for (int i = 0; i < count; ++i)
        printf("%s%.5g", i > 0 ? ", " : "", rates[i] / giga);
    printf("]");
}

/* Measures, and prints on rank 0; an exit code. */
static int measure(int threads, uint64_t mebibytes, uint64_t file_mebibytes, const char *prefix)
{
    machine_rates rates = {0};
    int rank = 0, ranks = 0, hosts = count_hosts();
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    int bits = measure_peak(threads, rates.operations);
    if (!measure_memory(threads, mebibytes * MEBIBYTE, rates.memory)) {
        if (rank == 0)
            fprintf(stderr, "machine: no memory for %llu MiB a rank\n",
                    (unsigned long long)mebibytes);
        return 71;
    }
    if (prefix != NULL && !measure_file(threads, file_mebibytes, prefix, &rates)) {
        if (rank == 0)
            fprintf(stderr, "machine: %s.*: can't write and read %llu MiB a rank\n", prefix,
                    (unsigned long long)file_mebibytes);
        return 73;
    }
    if (rank != 0)
        return 0;
    printf("{\"ranks\": %d, \"threads\": %d, \"hosts\": %d, \"vector_bits\": %d", ranks, threads,
           hosts, bits);
    print_samples("gflops", rates.operations, REPEATS);
    print_samples("read_gbytes", rates.memory, REPEATS);
    if (prefix != NULL) {
        print_samples("file_write_gbytes", &rates.write, 1);
        print_samples("file_read_gbytes", rates.read, REPEATS);
    }
    printf("}\n");
    return 0;
}

typedef struct host_kind {
    char name[256], processor[256];
    long cores, gibibytes;
} host_kind;

/* Text as JSON takes it between quotes. */
static void clean(char *text)
{
    for (; *text != '\0'; ++text)
        if ((unsigned char)*text < ' ' || *text == '"' || *text == '\\')
            *text = ' ';
}

/* The model of the first processor, or the architecture where the system tells no model. */
static void find_processor(char *text, size_t capacity)
{
    static const char key[] = "model name";
    char line[256];
    struct utsname system;
    snprintf(text, capacity, "%s", uname(&system) == 0 ? system.machine : "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *value = strchr(line, ':');
        if (strncmp(line, key, sizeof key - 1) != 0 || value == NULL)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(text, capacity, "%s", value + 1 + strspn(value + 1, " "));
        break;
    }
    if (file != NULL)
        fclose(file);
}

/* Of memory the kernel takes some, not always as much: hosts of a kind are alike in whole GiB. */
static host_kind this_host(void)
{
    const double gibibyte = 1024.0 * MEBIBYTE, half = 0.5;
    host_kind host = {.cores = sysconf(_SC_NPROCESSORS_ONLN)};
    const char *node = getenv("SLURMD_NODENAME"); /* several of them may be on one host */
    if (node != NULL)
        snprintf(host.name, sizeof host.name, "%s", node);
    else
        gethostname(host.name, sizeof host.name - 1);
    find_processor(host.processor, sizeof host.processor);
    double bytes = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    host.gibibytes = (long)(bytes / gibibyte + half);
    clean(host.name);
    clean(host.processor);
    return host;
}

/* By one rank for all: lines of several could meet each other on their way. */
static int print_hosts(void)
{
    int rank = 0, ranks = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    host_kind own = this_host(), *all = calloc((size_t)ranks, sizeof *all);
    if (!all_well(all != NULL)) {
        free(all);
        return 71;
    }
    MPI_Gather(&own, sizeof own, MPI_BYTE, all, sizeof own, MPI_BYTE, 0, MPI_COMM_WORLD);
    for (int r = 0; rank == 0 && r < ranks; ++r)
        printf("%s{\"host\": \"%s\", \"processor\": \"%s\", \"cores\": %ld, "
               "\"memory_gibibytes\": %ld}",
               r > 0 ? ", " : "{\"of_ranks\": [", all[r].name, all[r].processor, all[r].cores,
               all[r].gibibytes);
    if (rank == 0)
        printf("]}\n");
    free(all);
    return 0;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    int threads = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0, code = 64;
    uint64_t mebibytes = argc > 2 ? strtoull(argv[2], NULL, 10) : 1024;
    uint64_t file_mebibytes = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    if (argc == 1)
        code = print_hosts();
    else if (argc == 4 || argc > 5 || threads < 1 || mebibytes < 1 || file_mebibytes < 1)
        fprintf(stderr,
                "usage: machine [THREADS [MEBIBYTES [FILE_MEBIBYTES PREFIX]]], none below 1\n");
    else
        code = measure(threads, mebibytes, file_mebibytes, argc > 4 ? argv[4] : NULL);
    MPI_Finalize();
    return code;
}
