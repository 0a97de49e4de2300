/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The choice of a teardown policy: see teardown.h.
 */
#include "kernel/percpu.h"
#include "kernel/string.h"
#include "mm/pmap.h"
#include "mm/teardown.h"

const struct teardown_policy *teardown = &teardown_once;

static const struct teardown_policy *const policies[] = {
	&teardown_once, &teardown_deferred, &teardown_perpage, &teardown_onalloc,
};

bool teardown_choose(const char *name)
{
	for (unsigned i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		if (strcmp(policies[i]->name, name) == 0) {
			teardown = policies[i];
			return true;
		}
	return false;
}

const char *teardown_names(void)
{
	static char names[64];

	names[0] = 0;
	for (unsigned i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		size_t n = strlen(names);

		strlcpy(names + n, i ? " " : "", sizeof(names) - n);
		n = strlen(names);
		strlcpy(names + n, policies[i]->name, sizeof(names) - n);
	}
	return names;
}

bool teardown_only_here(const struct pmap *p)
{
	return !(__atomic_load_n(&p->ran, __ATOMIC_RELAXED) & ~(1ull << this_cpu()->id));
}
