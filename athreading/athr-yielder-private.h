/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-producer-private.h"
#include "athr-yielder.h"

G_BEGIN_DECLS

AthrYielder *athr_yielder_new (AthrProducer *producer);

G_END_DECLS
