/* The grid: nothing gets out of it, nothing from a recording steers a terminal, ASCII has the same
 * screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/term/glyph.h"
#include "ui/term/grid.h"
#include "ui/term/words.h"

static void assert_line(const struct grid *grid, int y, const char *expected)
{
    char *line = grid_line(grid, y);
    assert_string_equal(line, expected);
    free(line);
}

static void text_is_cut_off_with_an_ellipsis(void **state)
{
    (void)state;
    struct grid *grid = grid_new(10, 2, false);
    assert_int_equal(grid_put(grid, 2, 0, 100, STYLE_TEXT, "abcdefghijk"), 10);
    assert_line(grid, 0, "  abcdefg…");
    assert_int_equal(grid_put(grid, 0, 1, 4, STYLE_TEXT, "abcd"), 4);
    assert_line(grid, 1, "abcd");
    grid_free(grid);
}

static void nothing_is_drawn_outside(void **state)
{
    (void)state;
    struct grid *grid = grid_new(4, 1, false);
    grid_put(grid, -3, 0, 4, STYLE_TEXT, "abcdef");
    grid_put(grid, 0, -1, 4, STYLE_TEXT, "x");
    grid_put(grid, 0, 1, 4, STYLE_TEXT, "x");
    grid_fill(grid, -5, 5, 50, STYLE_DIM, "─");
    grid_restyle(grid, -1, 0, 99, STYLE_LOST);
    assert_line(grid, 0, "def");
    grid_free(grid);
}

static void control_characters_do_not_get_through(void **state)
{
    (void)state;
    struct grid *grid = grid_new(20, 1, false);
    grid_put(grid, 0, 0, 20, STYLE_TEXT, "a\033[2J\nb\x7f\xc2\x9b\u202e\xff");
    for (int x = 0; x < 20; x++) {
        uint32_t ch = grid->cells[x].ch;
        assert_true(ch >= 0x20 && ch != 0x7f && !(ch >= 0x80 && ch < 0xa0) && ch != 0x202e);
    }
    grid_free(grid);
}

static void ascii_letters_stand_for_every_sign(void **state)
{
    (void)state;
    struct grid *grid = grid_new(60, 1, true);
    grid_put(grid, 0, 0, 60, STYLE_TEXT, "├─╮ ╰┄▶┤ ✗ ● §2.1 µ a → b 日");
    char *line = grid_line(grid, 0);
    assert_string_equal(line, "+-+ +~>+ x * sec.2.1 u a -> b ?");
    assert_int_equal(grid_measure(grid, "§2.1 →"), 9 + 1);
    free(line);
    grid_free(grid);
}

static void wide_characters_take_two_columns(void **state)
{
    (void)state;
    struct grid *grid = grid_new(6, 1, false);
    assert_int_equal(grid_measure(grid, "日本"), 4);
    grid_put(grid, 0, 0, 6, STYLE_TEXT, "日本語字");
    assert_line(grid, 0, "日本…");
    grid_free(grid);
}

static void text_wraps_at_spaces(void **state)
{
    (void)state;
    struct grid *grid = grid_new(12, 3, false);
    int lines = grid_put_wrapped(grid, (struct area){0, 0, 12, 3}, STYLE_TEXT,
                                 "the request was lost on its way to gw, twice");
    assert_int_equal(lines, 3);
    assert_line(grid, 0, "the request");
    assert_line(grid, 1, "was lost on");
    assert_line(grid, 2, "its way to …");
    grid_free(grid);
}

static void a_section_is_not_parted_from_its_number(void **state)
{
    (void)state;
    struct grid *grid = grid_new(24, 4, false);
    int lines = grid_put_wrapped(grid, (struct area){0, 0, 24, 4}, STYLE_TEXT,
                                 "It is sent again (RFC 7296 §2.1), and that took 37.4 ms: ID 5");
    assert_int_equal(lines, 3);
    assert_line(grid, 0, "It is sent again");
    assert_line(grid, 1, "(RFC 7296 §2.1), and");
    assert_line(grid, 2, "that took 37.4 ms: ID 5");
    grid_clear(grid); /* where there is no other place, it is */
    grid_put_wrapped(grid, (struct area){0, 0, 9, 4}, STYLE_TEXT, "RFC 7296 §2.1");
    assert_line(grid, 0, "RFC 7296");
    assert_line(grid, 1, "§2.1");
    grid_free(grid);
}

static void broken_utf8_is_replaced(void **state)
{
    (void)state;
    const char *text = "\xe2\x82";
    assert_int_equal(glyph_next(&text), GLYPH_REPLACEMENT);
    assert_int_equal(glyph_next(&text), 0);
    text = "\xc0\xaf";
    assert_int_equal(glyph_next(&text), GLYPH_REPLACEMENT);
    text = "\xed\xa0\x80"; /* a surrogate */
    assert_int_equal(glyph_next(&text), GLYPH_REPLACEMENT);
}

static void times_are_read_and_written(void **state)
{
    (void)state;
    char text[WORDS_TIME_MAX];
    assert_string_equal(words_time(UINT64_C(12345678901), text), "12.345 678");
    assert_string_equal(words_duration(UINT64_C(41872000), text), "41.9 ms");
    assert_string_equal(words_duration(UINT64_C(500000000), text), "500 ms");
    assert_string_equal(words_duration(999, text), "999 ns");
    uint64_t ns;
    assert_true(words_parse_time("1.5s", &ns) && ns == 1500000000u);
    assert_true(words_parse_time("40ms", &ns) && ns == 40000000u);
    assert_true(words_parse_time("2", &ns) && ns == 2000000000u);
    assert_true(words_parse_time("0.25 us", &ns) && ns == 250u);
    assert_false(words_parse_time("", &ns));
    assert_false(words_parse_time("s", &ns));
    assert_false(words_parse_time("1.5 parsecs", &ns));
    assert_false(words_parse_time("-1s", &ns));
    assert_false(words_parse_time("99999999999s", &ns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_off_with_an_ellipsis),
        cmocka_unit_test(nothing_is_drawn_outside),
        cmocka_unit_test(control_characters_do_not_get_through),
        cmocka_unit_test(ascii_letters_stand_for_every_sign),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(text_wraps_at_spaces),
        cmocka_unit_test(a_section_is_not_parted_from_its_number),
        cmocka_unit_test(broken_utf8_is_replaced),
        cmocka_unit_test(times_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
