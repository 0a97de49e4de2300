/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services [NAME]: the servers that init supervises, with process and how often each was started again; of one, its process alone.
 */
#include <curfew/file.h>
#include <curfew/message.h>

#include "util.h"

static const char name[] = "services";

/* The next services, up to `room`.  How many there were, -1: errno. */
static int list(uint64_t *position, struct curfew_service *services, size_t room)
{
	struct curfew_call call = { .word = { CURFEW_NAMES_LIST, *position }, .in = services,
		.in_size = room * sizeof(*services), .deadline = CURFEW_FOREVER };

	if (curfew_send(CURFEW_HANDLE_NAMES, &call) != 0)
		return -1;
	if ((int64_t)call.word[0] < 0) {
		errno = (int)-(int64_t)call.word[0];
		return -1;
	}
	*position = call.word[1];
	return (int)(call.in_length / sizeof(*services));
}

int main(int argc, char **argv)
{
	struct curfew_service services[8];
	const char *wanted = argc > 1 ? argv[1] : NULL;
	uint64_t position = 0;
	bool found = false;
	int count;

	if (argc > 2 || (wanted != NULL && wanted[0] == '-'))
		return usage("services [NAME]");
	while ((count = list(&position, services, sizeof(services) / sizeof(services[0]))) > 0) {
		for (int i = 0; i < count; i++) {
			if (wanted == NULL) {
				printf("%-12s %6d %6u\n", services[i].name, (int)services[i].pid, services[i].restarts);
			} else if (strcmp(services[i].name, wanted) == 0) {
				printf("%d\n", (int)services[i].pid);
				found = true;
			}
		}
	}
	if (count < 0)
		return fail(name, "init");
	if (wanted != NULL && !found) {
		fprintf(stderr, "%s: %s: no such service\n", name, wanted);
		return finish(name, 1);
	}
	return finish(name, 0);
}
