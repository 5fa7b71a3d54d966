/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the kernels for the processor that runs. */
#include "kmeans/kernel_sets.h"

kmeans_kernel_set kmeans_kernel_set_at(int number)
{
#if KMEANS_HAS_X86
    if (number == 0)
        return kmeans_kernel_set_avx512vnni();
    if (number == 1)
        return kmeans_kernel_set_avx512();
    if (number == 2)
        return kmeans_kernel_set_avx2();
#endif
    (void)number; /* where there is but one set */
    return kmeans_kernel_set_generic();
}

patron_status kmeans_kernel_set_choose(patron_kmeans_isa isa, kmeans_kernel_set *set)
{
    static const char *const names[] = {"auto", "generic", "avx2", "avx512", "avx512vnni"};
    for (int number = 0; number < KMEANS_KERNEL_SETS; ++number) {
        *set = kmeans_kernel_set_at(number);
        if (set->is_usable && (isa == PATRON_KMEANS_ISA_AUTO || isa == set->isa))
            return PATRON_OK;
    }
    return patron_fail(PATRON_DATA, "this processor has no %s kernels", names[isa]);
}
