/* SPDX-License-Identifier: BSD-2-Clause */
/* The one user there is, for programs that ask who they run as. */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

static struct passwd root = {
	.pw_name = "root",
	.pw_passwd = "",
	.pw_comment = "",
	.pw_gecos = "root",
	.pw_dir = "/",
	.pw_shell = "/bin/sh",
};

struct passwd *getpwuid(uid_t user)
{
	return user == 0 ? &root : NULL;
}

struct passwd *getpwnam(const char *name)
{
	return strcmp(name, root.pw_name) == 0 ? &root : NULL;
}

char *getlogin(void)
{
	return root.pw_name;
}

int getgroups(int room, gid_t *groups)
{
	(void)room;
	(void)groups;
	return 0;
}

/* Nobody runs with rights that are not his own. */
int issetugid(void)
{
	return 0;
}
