/*
 * Files that are no scenarios: absurd ones by hand, and good ones with random damage. All end in
 * clear errors or in a scenario that prints and reads back. IKESIM_FUZZ_SEED repeats a run,
 * IKESIM_FUZZ_SECONDS makes it longer.
 */
#include "tests/sim/scenario_support.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>
#include <time.h>

/* ---- absurd files ---- */

static void refuse(const char *text, size_t len, const char *expected)
{
    char *errors = NULL;
    size_t count = 0;
    support_write(text, len);
    assert_null(scenario_read(SCENARIO_FILE, NULL, &errors, &count));
    assert_non_null(errors);
    assert_true(count > 0);
    if (!strstr(errors, expected)) {
        fail_msg("expected '%s' in\n%.2000s", expected, errors);
    }
    free(errors);
}

/* `unit` so many times between two texts; malloc'ed. */
static char *repeat(const char *before, const char *unit, size_t count, const char *after)
{
    size_t unit_len = strlen(unit), at = strlen(before);
    char *text = malloc(at + unit_len * count + strlen(after) + 1);
    assert_non_null(text);
    strcpy(text, before);
    for (size_t i = 0; i < count; i++, at += unit_len) {
        memcpy(text + at, unit, unit_len);
    }
    strcpy(text + at, after);
    return text;
}

static void refuse_repeated(const char *before, const char *unit, size_t count, const char *after,
                            const char *expected)
{
    char *text = repeat(before, unit, count, after);
    refuse(text, strlen(text), expected);
    free(text);
}

static void an_empty_file_is_refused(void **state)
{
    (void)state;
    refuse("", 0, "f.yaml: the file is empty; expected a scenario with name, title");
    refuse("# nothing\n", 10, "f.yaml: the file is empty");
    refuse("---\n", 4, "f.yaml: the file is empty");
    refuse("[]\n", 3, "f.yaml:1:1: a scenario is a list; expected a mapping");
    refuse("scenario\n", 9, "f.yaml:1:1: a scenario is 'scenario'; expected a mapping");
    refuse("{}\n", 3, "f.yaml:1:1: a scenario has no 'duration'");
}

static void octets_that_are_no_text_are_refused(void **state)
{
    (void)state;
    refuse("title: a\0b\n", 11, "f.yaml:1:9: octet 0x00; expected YAML, which is text in UTF-8");
    refuse("\x7f"
           "ELF\x02\x01\x01",
           7, "f.yaml:1:1: octet 0x7f");
    refuse("a: 1\nb: \xc0\xaf\n", 11, "f.yaml:2:4: octet 0xc0");  /* overlong */
    refuse("a: \xed\xa0\x80\n", 7, "f.yaml:1:4: octet 0xed");     /* a surrogate */
    refuse("a: \xf4\x90\x80\x80\n", 8, "f.yaml:1:4: octet 0xf4"); /* beyond Unicode */
    refuse("a: \xe2\x82", 5, "f.yaml:1:4: octet 0xe2");           /* cut off */
    refuse("a: \xc3\xa4\x01\n", 7, "f.yaml:1:5: octet 0x01");     /* columns are characters */
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    refuse_repeated("hosts: ", "[", 200000, "", "nested deeper than 32");
    refuse_repeated("hosts: ", "{a: ", 200000, "", "nested deeper than 32");
    refuse_repeated("", "- ", 100000, "x\n", "nested deeper than 32");
    refuse_repeated("hosts: ", "[", 33, "", "f.yaml:1:39: nested deeper than 32");
}

static void of_very_many_errors_the_first_are_written(void **state)
{
    char *errors = NULL, *text = repeat("", "cores: 1\n", 50000, "");
    size_t count = 0, lines = 0;
    (void)state;
    support_write(text, strlen(text));
    assert_null(scenario_read(SCENARIO_FILE, NULL, &errors, &count));
    for (const char *c = errors; *c; c++) {
        lines += *c == '\n';
    }
    assert_true(count >= 200);
    assert_true(lines <= 201);
    free(errors);
    free(text);
    refuse_repeated("duration: 1s\nhosts: [", "x, ", 50000, "x]\n",
                    "f.yaml: these are the first 200 errors");
    refuse_repeated("duration: 1s\nhosts: [", "{name: a, ike: {secret: x}}, ", 5000, "]\n",
                    "a second host is called 'a'");
}

static void long_values_are_refused_and_cut_in_errors(void **state)
{
    (void)state;
    refuse_repeated("seed: ", "9", 1000000, "\n", "...' is too big a number");
    refuse_repeated("duration: 1.", "0", 1000000, "s\n", "has more than 12 digits");
    refuse_repeated("duration: ", "s", 1000000, "\n", "...' is no number");
    refuse_repeated("", "x", 100000, ": 1\n", "unknown key 'xxx");
    refuse_repeated("hosts: [{name: ", "x", 1000000, "}]\n", "longer than 255 characters");
    refuse_repeated("hosts: [{name: a, ike: {secret: x, id: ", "x", 1025, "}}]\n",
                    "is longer than 1024 octets");
    refuse_repeated("hosts: [{name: a, ike: {secret: x, proposals: [", "aes128-", 10000,
                    "x25519]}}]\n", "proposals: ");
    refuse_repeated("hosts: [{name: a, ike: {secret: x, proposals: [", "aes128-sha256-x25519, ", 30,
                    "]}}]\n", "proposals has 30 items; expected at most 24");
}

static void files_that_are_none_are_refused(void **state)
{
    char *errors = NULL;
    size_t count = 0;
    (void)state;
    assert_null(scenario_read("/nowhere/at/all.yaml", NULL, &errors, &count));
    assert_string_equal(errors, "/nowhere/at/all.yaml: No such file or directory; expected a "
                                "scenario file\n");
    assert_int_equal(count, 1);
    free(errors);
    assert_null(scenario_read("/", NULL, &errors, &count));
    assert_string_equal(errors, "/: Is a directory; expected a scenario file\n");
    free(errors);
    assert_null(scenario_read("/dev/zero", NULL, &errors, &count));
    assert_string_equal(errors, "/dev/zero: larger than 64 MiB; expected a scenario file\n");
    free(errors);
}

/* ---- random damage ---- */

static uint64_t draw_state;

/* xorshift64*: nothing here needs more. */
static uint64_t draw(void)
{
    draw_state ^= draw_state >> 12;
    draw_state ^= draw_state << 25;
    draw_state ^= draw_state >> 27;
    return draw_state * UINT64_C(2685821657736338717);
}

static size_t draw_below(size_t limit)
{
    return limit ? (size_t)(draw() % limit) : 0;
}

static const char *const words[] = {
    "hosts",
    "links",
    "script",
    "expect",
    "costs",
    "name",
    "alice",
    "gw",
    "net",
    "0s",
    "100%",
    "18446744073709551615",
    "-1",
    "''",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ": ",
    ", ",
    "\n",
    "\n  ",
    "\n  - ",
    "- ",
    "&a ",
    "*a",
    "!!str ",
    "|\n",
    "# ",
    "---\n",
    "...\n",
    "? ",
    "forward: {loss: 5%}",
    "{at: 1s, do: liveness, host: gw}",
    "{count: cpu_dropped, equals: 0}",
    "10.1.0.0/24[tcp/80]",
    "0x",
    "0xff",
    "%any",
    "keyid:x",
    "36500d",
    "1ns",
    "0.000000000001%",
    "esp_proposals",
    "aes128",
    "\t",
    "\r",
    "\xc3\xa4",
    "\xff",
    "~",
    "null",
    "true",
    "<<: ",
    "%YAML 1.2\n",
};

struct buffer {
    char text[1 << 17];
    size_t len;
};

static void replace(struct buffer *buffer, size_t at, size_t old_len, const char *with, size_t len)
{
    if (buffer->len - old_len + len > sizeof buffer->text) {
        return;
    }
    memmove(buffer->text + at + len, buffer->text + at + old_len, buffer->len - at - old_len);
    memcpy(buffer->text + at, with, len);
    buffer->len += len - old_len;
}

static void damage(struct buffer *buffer, const char *other)
{
    char piece[256];
    size_t at = draw_below(buffer->len), left = buffer->len - at;
    size_t len = draw_below(left < sizeof piece ? left : sizeof piece);
    const char *word = words[draw_below(sizeof words / sizeof *words)];
    switch (draw_below(7)) {
    case 0: /* one octet, anything */
        piece[0] = (char)draw_below(256);
        replace(buffer, at, left > 0, piece, 1);
        break;
    case 1: /* one octet, to something printable */
        piece[0] = (char)(' ' + draw_below(95));
        replace(buffer, at, left > 0, piece, 1);
        break;
    case 2: /* a piece is lost */
        replace(buffer, at, len, "", 0);
        break;
    case 3: /* a piece comes twice, elsewhere */
        memcpy(piece, buffer->text + at, len);
        replace(buffer, draw_below(buffer->len), 0, piece, len);
        break;
    case 4: /* a word is put in */
        replace(buffer, at, 0, word, strlen(word));
        break;
    case 5: /* a word replaces what stands there */
        while (len > 0 && at + len < buffer->len &&
               isalnum((unsigned char)buffer->text[at + len])) {
            len++;
        }
        replace(buffer, at, at + len <= buffer->len ? len : 0, word, strlen(word));
        break;
    default: { /* a piece of another file */
        size_t from = draw_below(strlen(other)), rest = strlen(other) - from;
        replace(buffer, at, 0, other + from, draw_below(rest < 200 ? rest : 200));
        break;
    }
    }
}

static void read_damaged(const struct buffer *buffer, const char *setting)
{
    struct scenario_settings settings = {.set = &setting, .set_count = setting ? 1 : 0};
    char *errors = NULL;
    size_t count = 0;
    support_write(buffer->text, buffer->len);
    struct scenario *scenario = scenario_read(SCENARIO_FILE, &settings, &errors, &count);
    if (!scenario) {
        assert_true(count > 0);
        assert_true(errors && *errors && errors[strlen(errors) - 1] == '\n');
        free(errors);
        return;
    }
    assert_null(errors);
    assert_int_equal(count, 0);
    char *printed = scenario_print(scenario);
    struct scenario *again = support_read(printed);
    char *printed_again = scenario_print(again);
    assert_string_equal(printed, printed_again);
    free(printed);
    free(printed_again);
    scenario_free(scenario);
    scenario_free(again);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void damaged_files_end_in_errors_or_in_scenarios(void **state)
{
    static const char *const sources[] = {
        IKESIM_TEST_DATA "/scenarios/everything.yaml",
        IKESIM_TEST_DATA "/../../scenarios/four-messages.yaml",
        IKESIM_TEST_DATA "/../../scenarios/lossy.yaml",
    };
    enum { SOURCES = sizeof sources / sizeof *sources };
    char *texts[SOURCES];
    uint64_t seed = 0;
    (void)state;
    for (size_t i = 0; i < SOURCES; i++) {
        texts[i] = support_slurp(sources[i]);
    }
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        seed = 1;
    }
    seed = from_environment("IKESIM_FUZZ_SEED", (seed >> 32) | 1);
    draw_state = seed ? seed : 1;
    print_message("IKESIM_FUZZ_SEED=%" PRIu64 "\n", seed);
    double end = seconds_now() + (double)from_environment("IKESIM_FUZZ_SECONDS", 2);
    struct buffer *buffer = calloc(1, sizeof *buffer);
    assert_non_null(buffer);
    unsigned runs = 0;
    for (; seconds_now() < end; runs++) {
        const char *text = texts[draw_below(SOURCES)];
        buffer->len = strlen(text);
        memcpy(buffer->text, text, buffer->len);
        for (size_t n = draw_below(4) + (draw_below(8) != 0); n > 0; n--) {
            damage(buffer, texts[draw_below(SOURCES)]);
        }
        /* Now and then a setting from the same words. */
        char setting[128];
        snprintf(setting, sizeof setting, "%s.%zu.%s=%s",
                 words[draw_below(sizeof words / sizeof *words)], draw_below(3),
                 words[draw_below(sizeof words / sizeof *words)],
                 words[draw_below(sizeof words / sizeof *words)]);
        read_damaged(buffer, draw_below(4) == 0 ? setting : NULL);
    }
    print_message("%u files read\n", runs);
    free(buffer);
    for (size_t i = 0; i < SOURCES; i++) {
        free(texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(octets_that_are_no_text_are_refused),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(of_very_many_errors_the_first_are_written),
        cmocka_unit_test(long_values_are_refused_and_cut_in_errors),
        cmocka_unit_test(files_that_are_none_are_refused),
        cmocka_unit_test(damaged_files_end_in_errors_or_in_scenarios),
    };
    return cmocka_run_group_tests(tests, support_setup, support_teardown);
}
