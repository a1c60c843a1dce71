/* What the tests of scenario files share: a directory of their own, files in it, reading them. */
#ifndef IKESIM_TESTS_SIM_SCENARIO_SUPPORT_H
#define IKESIM_TESTS_SIM_SCENARIO_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/scenario/scenario.h"

/* The file that tests write and read, relative to the directory that they stand in. */
#define SCENARIO_FILE "f.yaml"

static char support_dir[] = "/tmp/ikesim-scenario-XXXXXX";

static inline int support_setup(void **state)
{
    (void)state;
    return mkdtemp(support_dir) && chdir(support_dir) == 0 ? 0 : -1;
}

static inline int support_teardown(void **state)
{
    (void)state;
    unlink(SCENARIO_FILE);
    return chdir("/") == 0 ? rmdir(support_dir) : -1;
}

static inline void support_write(const char *text, size_t len)
{
    FILE *out = fopen(SCENARIO_FILE, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
}

/* A whole text file; malloc'ed. */
static inline char *support_slurp(const char *path)
{
    enum { SIZE = 65536 };
    FILE *in = fopen(path, "rb");
    char *text = calloc(1, SIZE);
    if (!in || !text || fread(text, 1, SIZE, in) == SIZE) {
        fail_msg("%s cannot be read", path);
    }
    fclose(in);
    return text;
}

/* `text` with the first `from` replaced; malloc'ed. */
static inline char *support_replace(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at) {
        fail_msg("the text has no '%s'", from);
    }
    char *out = malloc(strlen(text) + strlen(to) + 1);
    assert_non_null(out);
    memcpy(out, text, (size_t)(at - text));
    strcpy(out + (at - text), to);
    strcat(out, at + strlen(from));
    return out;
}

/* Reads a text with settings, ended by NULL; fails the test with the errors if there are any. */
static inline struct scenario *support_read_set(const char *text, const char *const *set)
{
    struct scenario_settings settings = {.set = set};
    while (set && set[settings.set_count]) {
        settings.set_count++;
    }
    char *errors = NULL;
    size_t count = 0;
    support_write(text, strlen(text));
    struct scenario *scenario = scenario_read(SCENARIO_FILE, &settings, &errors, &count);
    if (!scenario) {
        fail_msg("%zu errors:\n%s", count, errors);
    }
    assert_null(errors);
    assert_int_equal(count, 0);
    return scenario;
}

static inline struct scenario *support_read(const char *text)
{
    return support_read_set(text, NULL);
}

#endif
