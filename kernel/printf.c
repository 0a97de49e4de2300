/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvsnprintf(): the formats that kernel/log.h lists, no more.  Any context, no lock, no memory but the caller's.
 *
 * Output past the buffer's end is counted and dropped, as in C.  An unknown conversion is printed as it stands, so that a mistake is seen and
 * cannot take an argument that is not there.
 */
#include "kernel/log.h"

struct out {
	char *buf;
	size_t size;
	size_t n; /* wanted so far */
};

struct spec {
	bool left;       /* - */
	bool zero;       /* 0 */
	bool precise;    /* .N was given (strings) */
	bool wide;       /* l, ll or z: 64 bits */
	unsigned width;
	unsigned precision;
};

static void put(struct out *o, char c)
{
	if (o->n + 1 < o->size)
		o->buf[o->n] = c;
	o->n++;
}

static void put_repeated(struct out *o, char c, unsigned times)
{
	while (times--)
		put(o, c);
}

static void put_padded(struct out *o, const struct spec *s, const char *text, unsigned length)
{
	unsigned pad = s->width > length ? s->width - length : 0;

	if (!s->left)
		put_repeated(o, ' ', pad);
	for (unsigned i = 0; i < length; i++)
		put(o, text[i]);
	if (s->left)
		put_repeated(o, ' ', pad);
}

/* prefix: "-", "0x" or "". */
static void put_number(struct out *o, const struct spec *s, uint64_t value, unsigned base, const char *prefix)
{
	char digits[32];
	unsigned at = sizeof(digits), length, lead = 0;
	bool zeroes = s->zero && !s->left;

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (prefix[lead])
		lead++;
	length = (unsigned)sizeof(digits) - at + lead;
	if (!zeroes && !s->left && s->width > length)
		put_repeated(o, ' ', s->width - length);
	for (unsigned i = 0; i < lead; i++)
		put(o, prefix[i]);
	if (zeroes && s->width > length)
		put_repeated(o, '0', s->width - length);
	while (at < sizeof(digits))
		put(o, digits[at++]);
	if (s->left && s->width > length)
		put_repeated(o, ' ', s->width - length);
}

static const char *parse_number(const char *f, unsigned *value, va_list *ap)
{
	*value = 0;
	if (*f == '*') {
		int given = va_arg(*ap, int);

		*value = given > 0 ? (unsigned)given : 0;
		return f + 1;
	}
	while (*f >= '0' && *f <= '9')
		*value = *value * 10 + (unsigned)(*f++ - '0');
	return f;
}

/* From after the % to the conversion letter. */
static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
	*s = (struct spec){ 0 };
	for (;; f++) {
		if (*f == '-')
			s->left = true;
		else if (*f == '0')
			s->zero = true;
		else
			break;
	}
	f = parse_number(f, &s->width, ap);
	if (*f == '.') {
		s->precise = true;
		f = parse_number(f + 1, &s->precision, ap);
	}
	while (*f == 'l' || *f == 'z') {
		s->wide = true;
		f++;
	}
	return f;
}

static void put_string(struct out *o, const struct spec *s, const char *text)
{
	unsigned length = 0;

	if (!text)
		text = "(null)";
	while ((!s->precise || length < s->precision) && text[length])
		length++;
	put_padded(o, s, text, length);
}

/* One conversion; f is at its letter.  Returns the text after it. */
static const char *convert(struct out *o, const char *start, const char *f, struct spec *s, va_list *ap)
{
	int64_t value;
	char c;

	switch (*f) {
	case 'd':
		value = s->wide ? va_arg(*ap, int64_t) : va_arg(*ap, int);
		put_number(o, s, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0 ? "-" : "");
		break;
	case 'u':
	case 'x':
		put_number(o, s, s->wide ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned), *f == 'u' ? 10 : 16, "");
		break;
	case 'p':
		s->zero = true;
		s->left = false;
		s->width = 18;
		put_number(o, s, (uint64_t)va_arg(*ap, void *), 16, "0x");
		break;
	case 's':
		put_string(o, s, va_arg(*ap, const char *));
		break;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_padded(o, s, &c, 1);
		break;
	case '%':
		put(o, '%');
		break;
	default:
		while (start < f)
			put(o, *start++);
		return f;
	}
	return f + 1;
}

size_t kvsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };
	va_list ap; /* a parameter of this type may be a pointer in disguise; a variable's address can be passed on */

	va_copy(ap, args);
	while (*fmt) {
		struct spec s;
		const char *start = fmt;

		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		fmt = convert(&o, start, parse_spec(fmt + 1, &s, &ap), &s, &ap);
	}
	va_end(ap);
	if (size)
		buf[o.n < size ? o.n : size - 1] = '\0';
	return o.n;
}

size_t ksnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = kvsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
