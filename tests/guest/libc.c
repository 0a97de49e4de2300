/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * newlib on Curfew: stdio, malloc, strings, sorting, numbers, mathematics, time, environment, exits.
 */
#include <ctype.h>
#include <fcntl.h>
#include <float.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "check.h"

static char text[400];

TEST(printf_formats)
{
	volatile size_t room = 5;

	snprintf(text, sizeof(text), "%d %5d|%-5d|%05d %x %#o %c %s %.3s %%", -42, 42, 42, 42, 0xbeef, 8, 'z',
		"word", "cut short");
	CHECK_EQ(strcmp(text, "-42    42|42   |00042 beef 010 z word cut %"), 0);
	snprintf(text, sizeof(text), "%lld %llu %zu %jd %p", LLONG_MIN, ULLONG_MAX, (size_t)-1, (intmax_t)-1, (void *)0x1234);
	CHECK_EQ(strcmp(text, "-9223372036854775808 18446744073709551615 18446744073709551615 -1 0x1234"), 0);
	snprintf(text, sizeof(text), "%f %.3e %g %g %a", 3.25, 12345.678, 0.0001, 1e20, 1.0);
	CHECK_EQ(strcmp(text, "3.250000 1.235e+04 0.0001 1e+20 0x1p+0"), 0);
	snprintf(text, sizeof(text), "%f %F %.0f %.17g", INFINITY, -INFINITY, 2.5, 0.1);
	CHECK_EQ(strcmp(text, "inf -INF 2 0.10000000000000001"), 0);
	CHECK_EQ(snprintf(text, room, "%s", "too long"), 8);
	CHECK_EQ(strcmp(text, "too "), 0);
	snprintf(text, sizeof(text), "%" PRIu64 " %" PRIx32 " %hhd", (uint64_t)1 << 40, (uint32_t)0xabc, 300);
	CHECK_EQ(strcmp(text, "1099511627776 abc 44"), 0);
}

/* What a scan gives, as a string: each option, its argument or unknown letter, then the operands. */
static const char *scan(const char *letters, int argc, char **argv)
{
	int c;

	text[0] = '\0';
	opterr = 0;
	optind = 1;
	while ((c = getopt(argc, argv, letters)) != -1)
		sprintf(text + strlen(text), "%c(%s%c)", c, optarg ? optarg : "", c == '?' || c == ':' ? optopt : '-');
	for (; optind < argc; optind++)
		sprintf(text + strlen(text), " %s", argv[optind]);
	return text;
}

TEST(getopt_as_on_linux)
{
	CHECK_EQ(optind, 1);
	CHECK_EQ(strcmp(scan("ab:", 4, (char *[]){ "p", "-a", "-b", "x", NULL }), "a(-)b(x-)"), 0);
	CHECK_EQ(strcmp(scan("ab:", 5, (char *[]){ "p", "r", "-abx", "-", "s", NULL }), "a(-)b(x-) r - s"), 0);
	CHECK_EQ(strcmp(scan("+ab:", 4, (char *[]){ "p", "-a", "r", "-b", NULL }), "a(-) r -b"), 0);
	CHECK_EQ(strcmp(scan(":ab:", 4, (char *[]){ "p", "-z", "r", "-b", NULL }), "?(z):(b) r"), 0);
	CHECK_EQ(strcmp(scan("a", 4, (char *[]){ "p", "r", "--", "-a", NULL }), " r -a"), 0);
}

TEST(scanf_formats)
{
	int a = 0, n = 0;
	unsigned b = 0;
	double d = 0;
	char word[20] = "";

	CHECK_EQ(sscanf("  17 0xff 2.5 hello rest", "%d %x %lf %19s%n", &a, &b, &d, word, &n), 4);
	CHECK(a == 17 && b == 0xff && d == 2.5 && !strcmp(word, "hello") && n == 19);
	CHECK_EQ(sscanf("abc", "%d", &a), 0);
	CHECK_EQ(sscanf("", "%d", &a), EOF);
	CHECK_EQ(sscanf("k=v", "%[a-z]=%c", word, text), 2);
}

TEST(numbers)
{
	char *end;

	CHECK_EQ(strtol("-0x1fz", &end, 0), -31);
	CHECK_EQ(*end, 'z');
	errno = 0;
	CHECK_EQ(strtol("99999999999999999999", NULL, 10), LONG_MAX);
	CHECK_EQ(errno, ERANGE);
	CHECK_EQ(strtoull("18446744073709551615", NULL, 10), ULLONG_MAX);
	CHECK(strtod("1e-3x", &end) == 0.001 && *end == 'x');
	CHECK(isnan(strtod("nan", NULL)));
	CHECK_EQ(atoi("12abc"), 12);
	CHECK_EQ(abs(-3), 3);
	CHECK_EQ(div(-7, 2).rem, -1);
}

TEST(strings)
{
	char copy[32] = "a,b;c", *save, *word;

	CHECK_EQ(strlen(strerror(ENOENT)) > 0, 1);
	word = strtok_r(copy, ",;", &save);
	CHECK_EQ(strcmp(word, "a"), 0);
	CHECK_EQ(strcmp(strtok_r(NULL, ",;", &save), "b"), 0);
	CHECK(strstr("needle in hay", "in h") != NULL);
	CHECK_EQ(memcmp(memmove(copy + 1, copy, 4), "a", 1), 0);
	CHECK_EQ(strcspn("hello", "l"), 2);
	CHECK(strdup("x") != NULL);
	CHECK_EQ(strncmp("abc", "abd", 2), 0);
	CHECK_EQ(toupper('q'), 'Q');
	CHECK(isspace('\t') && !isalpha('1'));
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

TEST(sorting)
{
	static int numbers[1000];
	int key = 77, *found;

	for (int i = 0; i < 1000; i++)
		numbers[i] = i * 7919 % 1000;
	qsort(numbers, 1000, sizeof(int), by_value);
	for (int i = 0; i < 1000; i++)
		CHECK_EQ(numbers[i], i);
	found = bsearch(&key, numbers, 1000, sizeof(int), by_value);
	CHECK(found == &numbers[77]);
}

TEST(malloc_many)
{
	enum { COUNT = 500 };
	static char *blocks[COUNT];
	static size_t sizes[COUNT];
	uint32_t seed = 1;

	for (int round = 0; round < 4000; round++) {
		size_t i;

		seed = seed * 1103515245 + 12345;
		i = (seed >> 16) % COUNT;
		if (blocks[i]) {
			CHECK(blocks[i][0] == (char)i && blocks[i][sizes[i] - 1] == (char)i);
			free(blocks[i]);
		}
		sizes[i] = (seed >> 8) % 20000 + 1;
		blocks[i] = malloc(sizes[i]);
		NEED(blocks[i] != NULL);
		CHECK_EQ((uintptr_t)blocks[i] % 16, 0);
		memset(blocks[i], (int)i, sizes[i]);
	}
	for (size_t i = 0; i < COUNT; i++)
		free(blocks[i]);
}

TEST(malloc_limits)
{
	char *p = calloc(1000, 1000);
	volatile size_t many = (size_t)1 << 40;
	void *aligned = NULL;

	NEED(p != NULL);
	for (size_t i = 0; i < 1000000; i += 997)
		CHECK_EQ(p[i], 0);
	p = realloc(p, 3000000);
	NEED(p != NULL);
	p[2999999] = 1;
	free(p);
	errno = 0;
	CHECK(malloc((size_t)1 << 50) == NULL);
	CHECK_EQ(errno, ENOMEM);
	CHECK(calloc(many, many) == NULL);
	aligned = memalign(4096, 100);
	CHECK(aligned != NULL && (uintptr_t)aligned % 4096 == 0);
	free(aligned);
}

TEST(sbrk_moves)
{
	char *begin = sbrk(0), *old = sbrk(100000);

	CHECK(old == begin);
	old[99999] = 1;
	CHECK(sbrk(0) == begin + 100000);
	CHECK(sbrk(-50000) == begin + 100000);
	CHECK(sbrk(0) == begin + 50000);
	old = sbrk(50000);
	CHECK_EQ(old[49999], 0); /* given back, and new */
	CHECK(sbrk((intptr_t)1 << 50) == (void *)-1);
}

TEST(mathematics)
{
	volatile double two = 2, zero = 0;

	CHECK(sqrt(two) * sqrt(two) - 2 < 1e-15);
	CHECK(fabs(sin(1) * sin(1) + cos(1) * cos(1) - 1) < 1e-15);
	CHECK(fabs(exp(log(10)) - 10) < 1e-14);
	CHECK(pow(two, 10) == 1024);
	CHECK(isinf(1 / zero) && isnan(zero / zero));
	CHECK(floor(-1.5) == -2 && ceil(-1.5) == -1 && round(-1.5) == -2 && trunc(-1.5) == -1);
	CHECK(fmod(7.5, 2) == 1.5 && hypot(3, 4) == 5 && fabs(atan2(1, 1) * 4 - 3.14159265358979) < 1e-14);
	CHECK(ldexp(1, 10) == 1024 && lround(2.5) == 3 && fmax(1, 2) == 2 && cbrt(27) == 3);
	CHECK(fabsf(sinf(0.5f) - 0.479425f) < 1e-6f);
	CHECK(fabs(tgamma(5) - 24) < 1e-10 && fabs(erf(0.5) - 0.5204998778) < 1e-9);
}

static jmp_buf place;

static __attribute__((noinline)) void jump(void)
{
	longjmp(place, 7);
}

TEST(longjmp_returns)
{
	volatile int count = 0;
	int r = setjmp(place);

	count = count + 1;
	if (r == 0)
		jump();
	CHECK_EQ(r, 7);
	CHECK_EQ(count, 2);
}

TEST(environment)
{
	CHECK(getenv("NOTHING") == NULL);
	CHECK_EQ(setenv("COLOR", "red", 1), 0);
	CHECK_EQ(setenv("COLOR", "blue", 0), 0);
	CHECK_EQ(strcmp(getenv("COLOR"), "red"), 0);
	CHECK_EQ(unsetenv("COLOR"), 0);
	CHECK(getenv("COLOR") == NULL);
	CHECK(getenv("PATH") != NULL);
}

static void at_exit_first(void)
{
	check_shared->words[0] = check_shared->words[0] * 10 + 1;
}

static void at_exit_second(void)
{
	check_shared->words[0] = check_shared->words[0] * 10 + 2;
}

TEST(atexit_order)
{
	CHECK_EQ(CHILD(atexit(at_exit_first); atexit(at_exit_second); exit(3)), 3 << 8);
	CHECK_EQ(check_shared->words[0], 21);
	CHECK_EQ(CHILD(atexit(at_exit_first); _exit(4)), 4 << 8);
	CHECK_EQ(check_shared->words[0], 21);
	CHECK_EQ(CHILD(abort()), SIGABRT);
}

/* The clock is read from the shared page. */
TEST(clock_makes_no_call)
{
	long long before = check_counter("syscall.count", 0), after;
	struct timespec now;
	struct timeval tv;

	for (int i = 0; i < 10000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		clock_gettime(CLOCK_REALTIME, &now);
		gettimeofday(&tv, NULL);
	}
	after = check_counter("syscall.count", 0);
	CHECK(after - before < 1000); /* others run too */
}

TEST(clock_goes_on)
{
	struct timespec last, now, resolution;

	clock_gettime(CLOCK_MONOTONIC, &last);
	for (int i = 0; i < 20000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		CHECK(now.tv_sec > last.tv_sec || (now.tv_sec == last.tv_sec && now.tv_nsec >= last.tv_nsec));
		CHECK(now.tv_nsec >= 0 && now.tv_nsec < 1000000000);
		last = now;
	}
	CHECK_EQ(clock_getres(CLOCK_MONOTONIC, &resolution), 0);
	CHECK(resolution.tv_sec == 0 && resolution.tv_nsec > 0 && resolution.tv_nsec <= 1000);
	CHECK_ERRNO(clock_gettime((clockid_t)77, &now), EINVAL);
	clock_gettime(CLOCK_REALTIME, &now);
	CHECK(now.tv_sec > 1577836800 - 86400); /* 2020 */
}

TEST(sleeping)
{
	struct timespec nap = { .tv_nsec = 8000000 }, bad = { .tv_nsec = 1000000000 };
	uint64_t begin = now_ns();

	CHECK_EQ(nanosleep(&nap, NULL), 0);
	CHECK(now_ns() >= begin + 8000000);
	CHECK_ERRNO(nanosleep(&bad, NULL), EINVAL);
	CHECK_EQ(usleep(1000), 0);
}

TEST(calendar)
{
	time_t t = 1582934400; /* 2020-02-29 */
	struct tm tm;

	CHECK(gmtime_r(&t, &tm) == &tm);
	CHECK(tm.tm_year == 120 && tm.tm_mon == 1 && tm.tm_mday == 29 && tm.tm_wday == 6 && tm.tm_yday == 59);
	CHECK_EQ(mktime(&tm), t);
	CHECK(strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 19);
	CHECK_EQ(strcmp(text, "2020-02-29 00:00:00"), 0);
	CHECK(time(NULL) > t);
}

TEST(usage)
{
	struct rusage usage;

	for (volatile int i = 0; i < 1000000; i++)
		;
	CHECK_EQ(getrusage(RUSAGE_SELF, &usage), 0);
	CHECK(usage.ru_utime.tv_sec > 0 || usage.ru_utime.tv_usec > 0);
	CHECK(usage.ru_minflt > 0);
	CHECK(clock() != (clock_t)-1);
}

TEST(stdio_output)
{
	CHECK(printf("%s", "") == 0);
	CHECK_EQ(setvbuf(stdout, NULL, _IOFBF, 512), 0);
	CHECK_EQ(fflush(stdout), 0);
	CHECK_EQ(fflush(NULL), 0);
	CHECK_EQ(fileno(stderr), 2);
	CHECK(isatty(1));
}
