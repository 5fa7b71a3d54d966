/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine learns of its rows before the first fit. */
#ifndef PATRON_KMEANS_SURVEY_H
#define PATRON_KMEANS_SURVEY_H

#include "kmeans/engine.h"

/* Fills total_rows, positive_rows, sample, shift and layout.  Collective.  RESOURCE. */
patron_status kmeans_survey(patron_kmeans *engine);

#endif
