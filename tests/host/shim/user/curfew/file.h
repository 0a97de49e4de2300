/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/include/curfew/file.h"
