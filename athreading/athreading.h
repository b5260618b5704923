/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#define ATHREADING_INSIDE

#include <athreading/athr-version.h>
#include <athreading/athr-types.h>
#include <athreading/athr-executor.h>
#include <athreading/athr-question.h>
#include <athreading/athr-call.h>
#include <athreading/athr-yielder.h>
#include <athreading/athr-stream.h>
#include <athreading/athr-vala.h>
#include <athreading/athr-stream-list-model.h>
#include <athreading/athr-latest.h>
#include <athreading/athr-group.h>
#include <athreading/athr-main-context.h>
#include <athreading/athr-dump.h>
#include <athreading/athr-enums.h>

#undef ATHREADING_INSIDE
