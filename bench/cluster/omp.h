/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for OpenMP's header where the engines are built for a simulated cluster: there a rank
 * is one thread, as the simulator switches between ranks inside one thread of its own. */
#ifndef PATRON_CLUSTER_OMP_H
#define PATRON_CLUSTER_OMP_H

static inline int omp_get_thread_num(void)
{
    return 0;
}

#endif
