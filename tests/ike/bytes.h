/* Bytes written as hex in tests, and compared with a readable difference. */
#ifndef IKESIM_TESTS_IKE_BYTES_H
#define IKESIM_TESTS_IKE_BYTES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "crypto/bytes.h"

static inline int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads hex digits, anything else between pairs is skipped. Returns the number of octets. */
static inline size_t hex_read(const char *text, uint8_t *out, size_t cap)
{
    size_t len = 0;

    for (const char *p = text; *p != '\0';) {
        int high = hex_digit(p[0]), low = high < 0 ? -1 : hex_digit(p[1]);

        if (low < 0) {
            p++;
            continue;
        }
        assert_true(len < cap);
        out[len++] = (uint8_t)(high << 4 | low);
        p += 2;
    }
    return len;
}

static inline void assert_bytes(const uint8_t *got, size_t got_len, const char *want_hex)
{
    uint8_t want[4096];
    size_t want_len = hex_read(want_hex, want, sizeof(want));
    size_t i = 0;

    while (i < got_len && i < want_len && got[i] == want[i]) {
        i++;
    }
    if (i < got_len || i < want_len) {
        fprintf(stderr, "first difference at octet %zu; got %zu octets, want %zu; got there:", i,
                got_len, want_len);
        for (size_t k = i; k < got_len && k < i + 16; k++) {
            fprintf(stderr, " %02x", got[k]);
        }
        fprintf(stderr, "\n");
        fail();
    }
}

static inline void assert_view(struct crypto_bytes got, const char *want_hex)
{
    assert_bytes(got.data, got.len, want_hex);
}

#endif
