/* Every screen at every size in every theme. What a theme does is one file (golden/themes.txt: the
 * SGR parameters of each meaning); a screen of a size is another (golden/styles_SCREEN_WxH.txt: its
 * text, then a letter for the meaning of each cell). Output in a theme is compared, cell by cell,
 * with what the two files come to together. IKESIM_ACCEPT=1 ctest -R term_themes accepts a change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/ui/term_story.h"
#include "ui/term/theme.h"
#include "ui/term/view.h"

static const char golden[] = "tests/ui/golden";
static const char *const screens[] = {"overview", "ladder",  "message", "keys",
                                      "window",   "network", "storm"};
static const char *const themes[THEME_COUNT] = {"dark", "light", "contrast", "plain"};

static const struct {
    char letter;
    const char *name;
} meanings[STYLE_COUNT] = {
    [STYLE_TEXT] = {'.', "text"},       [STYLE_DIM] = {'d', "dim"},
    [STYLE_TITLE] = {'t', "title"},     [STYLE_FOCUS] = {'F', "focus"},
    [STYLE_CURSOR] = {'c', "cursor"},   [STYLE_LIFELINE] = {'l', "lifeline"},
    [STYLE_REQUEST] = {'r', "request"}, [STYLE_RESPONSE] = {'s', "response"},
    [STYLE_AGAIN] = {'a', "again"},     [STYLE_LOST] = {'x', "lost"},
    [STYLE_COPY] = {'y', "copy"},       [STYLE_STATE] = {'S', "state"},
    [STYLE_KEY] = {'k', "key"},         [STYLE_ESP] = {'e', "esp"},
    [STYLE_GOOD] = {'g', "good"},       [STYLE_FIELD] = {'f', "field"},
    [STYLE_LIT] = {'L', "lit"},         [STYLE_WHY] = {'w', "why"},
    [STYLE_FOOTER] = {'-', "footer"},   [STYLE_FOOTER_KEY] = {'*', "footer_key"},
};

static struct story story;
static struct trace_reader *reader;
static struct crypto_context *crypto;
static struct model *model;
static struct trace_series_reader *series;
static struct app app;

static int set_up(void **state)
{
    char error[256];
    (void)state;
    story_begin(&story, 10000 * MS);
    story_lossy(&story, 12);
    story_end(&story, true);
    reader = trace_reader_open(story.dir, error, sizeof error);
    crypto = crypto_context_new(error, sizeof error);
    if (!reader || !crypto) {
        return -1;
    }
    story_series(&story);
    series = trace_series_reader_open(story.dir, error, sizeof error);
    model = model_new(reader, crypto);
    app_init(&app, model);
    app.series = series;
    app_prepare(&app);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    app_dispose(&app);
    model_free(model);
    crypto_context_free(crypto);
    trace_series_reader_close(series);
    trace_reader_close(reader);
    story_remove(&story);
    return 0;
}

/* ---- what is kept ---- */

static char *read_kept(const char *path)
{
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t cap = 0;
    if (!in) {
        return NULL;
    }
    if (getdelim(&text, &cap, '\0', in) < 0) {
        free(text);
        text = NULL;
    }
    fclose(in);
    return text;
}

/* Compares `now` with the file, or keeps it there. Returns what is kept, malloc'ed; takes `now`. */
static char *compare(char *now, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s.txt", golden, name);
    if (getenv("IKESIM_ACCEPT")) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(now, out);
        fclose(out);
        return now;
    }
    char *kept = read_kept(path);
    if (!kept || strcmp(kept, now) != 0) {
        fail_msg("%s is no longer what is drawn:\n%sIKESIM_ACCEPT=1 keeps it", path, now);
    }
    free(now);
    return kept;
}

static char *tell_themes(void)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    fputs("  meaning     dark          light         contrast      plain\n", out);
    for (int style = 0; style < STYLE_COUNT; style++) {
        fprintf(out, "%c %-11s", meanings[style].letter, meanings[style].name);
        for (int theme = 0; theme < THEME_COUNT; theme++) {
            struct look look = theme_look((enum theme)theme, (enum style)style);
            char colour[24] = "", codes[40];
            if (look.of_256 >= 0) {
                snprintf(colour, sizeof colour, ";38;5;%d", look.of_256);
            }
            snprintf(codes, sizeof codes, "0%s%s%s%s", colour, look.bold ? ";1" : "",
                     look.dim ? ";2" : "", look.reverse ? ";7" : "");
            fprintf(out, theme + 1 < THEME_COUNT ? " %-13s" : " %s", codes);
        }
        fputc('\n', out);
    }
    fclose(out);
    return text;
}

static char *tell_screen(const struct grid *grid)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    grid_write(grid, out);
    fputs("=\n", out);
    for (int y = 0; y < grid->height; y++) {
        const struct cell *row = grid->cells + (size_t)y * (size_t)grid->width;
        int width = grid->width;
        while (width > 0 && row[width - 1].style == STYLE_TEXT) {
            width--;
        }
        for (int x = 0; x < width; x++) {
            fputc(meanings[row[x].style].letter, out);
        }
        fputc('\n', out);
    }
    fclose(out);
    return text;
}

/* ---- what the two come to ---- */

/* Octets of the character at `text`. */
static size_t character_len(const char *text)
{
    size_t len = 1;
    while (((unsigned char)text[len] & 0xc0) == 0x80) {
        len++;
    }
    return len;
}

/* The SGR parameters that a theme has for a letter, from the kept table. */
static const char *codes_of(const char *table, char letter, int theme, char codes[40])
{
    const char *line = strchr(table, '\n');
    while (line && line[1] && line[1] != letter) {
        line = strchr(line + 1, '\n');
    }
    char all[THEME_COUNT][40], name[40];
    assert_non_null(line);
    assert_int_equal(
        sscanf(line + 2, "%39s %39s %39s %39s %39s", name, all[0], all[1], all[2], all[3]),
        THEME_COUNT + 1);
    memcpy(codes, all[theme], 40);
    return codes;
}

/* A line of output as runs "[CODES]text": what is blank at the end is left out. */
static void put_cells(FILE *out, const char *text, const char *letters, const char *table,
                      int theme)
{
    char shown[40] = "", pending[1024] = "";
    size_t blanks = 0;
    while (*text || (*letters && *letters != '\n')) {
        char letter = *letters && *letters != '\n' ? *letters++ : '.', codes[40];
        size_t len = *text && *text != '\n' ? character_len(text) : 0;
        bool blank = len == 0 || *text == ' ';
        if (len == 0 && (*letters == '\0' || *letters == '\n') && letter == '.') {
            break;
        }
        codes_of(table, letter, theme, codes);
        /* Blanks count when something that can be seen follows, or where they are a bar. */
        if (strcmp(codes, shown) != 0) {
            int used = snprintf(NULL, 0, "[%s]", codes);
            assert_true(blanks + (size_t)used < sizeof pending);
            blanks += (size_t)snprintf(pending + blanks, sizeof pending - blanks, "[%s]", codes);
            memcpy(shown, codes, sizeof shown);
        }
        assert_true(blanks + 8 < sizeof pending);
        if (blank && !strstr(codes, ";7")) {
            pending[blanks++] = ' ';
        } else {
            fwrite(pending, 1, blanks, out);
            blanks = 0;
            fwrite(blank ? " " : text, 1, blank ? 1 : len, out);
        }
        text += len;
    }
    fputc('\n', out);
}

/* What `kept` looks like in a theme. */
static char *compose(const char *kept, const char *table, int theme)
{
    const char *letters = strstr(kept, "\n=\n");
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(letters);
    letters += 3;
    for (const char *line = kept; line[0] != '=' || line[1] != '\n';
         line = strchr(line, '\n') + 1) {
        char *copy = strndup(line, strcspn(line, "\n"));
        put_cells(out, copy, letters, table, theme);
        free(copy);
        letters = strchr(letters, '\n') + 1;
    }
    fclose(out);
    return text;
}

/* The same of what a theme really writes: "\033[CODESm" becomes "[CODES]"; that of a line's end
 * goes, and what is blank before it. */
static char *decompose(const char *output)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    char shown[40] = "";
    for (const char *at = output; *at; at++) {
        if (strncmp(at, "\033[0m\n", 5) == 0 || *at == '\n') {
            at += *at == '\n' ? 0 : 4;
            fputc('\n', out);
            shown[0] = '\0';
        } else if (*at == '\033') {
            char codes[40] = "";
            assert_int_equal(sscanf(at, "\033[%39[0-9;]m", codes), 1);
            if (strcmp(codes, shown) != 0) { /* two meanings may look the same */
                fprintf(out, "[%s]", codes);
            }
            memcpy(shown, codes, sizeof shown);
            at = strchr(at, 'm');
        } else {
            fputc(*at, out);
        }
    }
    fclose(out);
    return text;
}

static void check_themes(const struct grid *grid, const char *kept, const char *table,
                         const char *name)
{
    for (int i = 0; i < THEME_COUNT; i++) {
        enum theme theme;
        char *output = NULL;
        size_t len;
        assert_true(theme_find(themes[i], &theme));
        FILE *out = open_memstream(&output, &len);
        theme_write(grid, theme, out);
        fclose(out);
        char *found = decompose(output), *expected = compose(kept, table, i);
        if (strcmp(found, expected) != 0) {
            fail_msg("%s in theme %s:\n--- expected\n%s--- found\n%s", name, themes[i], expected,
                     found);
        }
        free(found);
        free(expected);
        free(output);
    }
}

static void every_screen_at_every_size_in_every_theme(void **state)
{
    static const int sizes[][2] = {{80, 24}, {120, 40}, {300, 100}};
    char *table = compare(tell_themes(), "themes");
    (void)state;
    model_seek_time(model, 1900 * MS);
    for (int screen = 0; screen < SCREEN_COUNT; screen++) {
        app_act(&app, (enum action)(ACTION_SCREEN_OVERVIEW + screen));
        do {
            app_prepare(&app);
        } while (app_busy(&app));
        model_scrub_all(model);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            char name[64];
            struct grid *grid = grid_new(sizes[i][0], sizes[i][1], false);
            view_screen(&app, grid);
            snprintf(name, sizeof name, "styles_%s_%dx%d", screens[screen], grid->width,
                     grid->height);
            char *kept = compare(tell_screen(grid), name);
            check_themes(grid, kept, table, name);
            free(kept);
            grid_free(grid);
        }
    }
    free(table);
}

static void there_are_no_other_themes(void **state)
{
    enum theme none;
    (void)state;
    assert_false(theme_find("potato", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_screen_at_every_size_in_every_theme),
        cmocka_unit_test(there_are_no_other_themes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
