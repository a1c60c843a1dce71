/* A scenario file: refused with errors, or read; then it prints, and what was printed reads as the
 * same. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/scenario/scenario.h"
#include "tests/fuzz/fuzz.h"

/* libfyaml 0.7.12 leaks for each quoted text with ten escapes or more: it is nothing of ours, and
 * small beside what is read. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml";
}

static const char *path(void)
{
    static char text[64];

    if (!text[0]) {
        snprintf(text, sizeof(text), "/dev/shm/ikesim-fuzz-%ld.yaml", (long)getpid());
    }
    return text;
}

static struct scenario *read_text(const char *text, size_t len)
{
    FILE *file = fopen(path(), "wb");
    struct scenario *scenario;
    char *errors = NULL;
    size_t count = 0;

    if (!file) {
        abort();
    }
    fwrite(text, 1, len, file);
    fclose(file);
    scenario = scenario_read(path(), NULL, &errors, &count);
    unlink(path());
    assert(scenario || (errors && count > 0));
    free(errors);
    return scenario;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scenario *first, *second;
    char *printed, *again;

    if (size > 4096) {
        return 0;
    }
    first = read_text((const char *)data, size);
    if (!first) {
        return 0;
    }
    if (first->host_count > 1000) { /* groups: to print them is no news */
        scenario_free(first);
        return 0;
    }
    printed = scenario_print(first);
    second = read_text(printed, strlen(printed));
    assert(second);
    again = scenario_print(second);
    assert(strcmp(printed, again) == 0);
    free(again);
    free(printed);
    scenario_free(second);
    scenario_free(first);
    return 0;
}
