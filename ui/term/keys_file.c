/* Keys out of a file, and into one. */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ui/memory.h"
#include "ui/term/glyph.h"
#include "ui/term/keys_table.h"
#include "ui/term/words.h"

static const char *const names[ACTION_COUNT] = {
#define ACTION(symbol, name) [ACTION_##symbol] = name,
    KEYS_ACTIONS(ACTION)
#undef ACTION
};

static const struct {
    const char *name;
    uint32_t key;
} special[] = {
    {"space", ' '},           {"enter", KEY_OF_ENTER},
    {"tab", KEY_OF_TAB},      {"shift-tab", KEY_OF_BACKTAB},
    {"esc", KEY_OF_ESCAPE},   {"up", KEY_OF_UP},
    {"down", KEY_OF_DOWN},    {"backspace", KEY_OF_BACKSPACE},
    {"left", KEY_OF_LEFT},    {"right", KEY_OF_RIGHT},
    {"pgup", KEY_OF_PAGE_UP}, {"pgdn", KEY_OF_PAGE_DOWN},
    {"home", KEY_OF_HOME},    {"end", KEY_OF_END},
    {"f1", KEY_OF_F1},        {"f5", KEY_OF_F5},
    {"f10", KEY_OF_F10},      {"hash", '#'},
};

/* The key of that name: a special one, ^x, or one character. 0 if it is none. */
static uint32_t key_named(const char *name)
{
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (strcmp(name, special[i].name) == 0) {
            return special[i].key;
        }
    }
    if (name[0] == '^' && name[1] >= 'a' && name[1] <= 'z' && !name[2]) {
        return (uint32_t)(name[1] & 0x1f);
    }
    const char *at = name;
    uint32_t key = glyph_next(&at);
    return *at || key == GLYPH_REPLACEMENT ? 0 : key;
}

/* The name that key_named reads. */
static void add_key(struct words *words, uint32_t key)
{
    char text[GLYPH_UTF8_MAX + 1] = "";
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (key == special[i].key) {
            words_add(words, "%s", special[i].name);
            return;
        }
    }
    if (key < 0x20) {
        words_add(words, "^%c", (int)(key + 0x60));
        return;
    }
    text[glyph_encode(key, text)] = '\0';
    words_add(words, "%s", text);
}

static enum action action_named(const char *name)
{
    for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum action)i;
        }
    }
    return ACTION_NONE;
}

/* ---- out of a file ---- */

struct reading {
    const char *path;
    int line;
    char *error;
    size_t cap;
};

/* The key that some other action has in a context of this one; 0 if there is none. */
static uint32_t taken(const struct binding *binding, const uint32_t keys[KEYS_PER_BINDING],
                      enum action *by)
{
    size_t count;
    const struct binding *all = keys_bindings(&count);
    for (size_t i = 0; i < count; i++) {
        if (all[i].action == binding->action || !(all[i].contexts & binding->contexts)) {
            continue;
        }
        for (size_t k = 0; k < KEYS_PER_BINDING && all[i].keys[k]; k++) {
            for (size_t n = 0; n < KEYS_PER_BINDING && keys[n]; n++) {
                if (all[i].keys[k] == keys[n]) {
                    *by = all[i].action;
                    return keys[n];
                }
            }
        }
    }
    return 0;
}

/* Labels of rows that have got other keys: the table lives to the end of the program. */
enum { ROWS_MAX = 256, LABEL_MAX = 64 };
static char labels[ROWS_MAX][LABEL_MAX];

/* Rows without a label are told of together with the next of their contexts that has one: its label
 * then has the first key of each. */
static void name_again(struct binding *all, size_t at, size_t count)
{
    size_t first = at, last = at;
    while (!all[last].label && last + 1 < count && all[last + 1].contexts == all[at].contexts) {
        last++;
    }
    if (!all[last].label) {
        return;
    }
    while (first > 0 && !all[first - 1].label && all[first - 1].contexts == all[last].contexts) {
        first--;
    }
    struct words words = {0};
    for (size_t i = first; i <= last; i++) {
        words_add(&words, "%s", i > first ? " " : "");
        add_key(&words, all[i].keys[0]);
    }
    assert(last < ROWS_MAX);
    snprintf(labels[last], LABEL_MAX, "%s", words.data ? words.data : "");
    free(words.data);
    all[last].label = labels[last];
}

static int bind_keys(struct reading *reading, enum action action,
                     const uint32_t keys[KEYS_PER_BINDING])
{
    size_t count;
    struct binding *all = keys_bindings(&count);
    for (size_t i = 0; i < count; i++) {
        enum action by;
        uint32_t key = all[i].action == action ? taken(&all[i], keys, &by) : 0;
        if (key) {
            struct words words = {0};
            add_key(&words, key);
            snprintf(reading->error, reading->cap,
                     "%s:%d: %s: the key %s is that of %s there; expected one that is free",
                     reading->path, reading->line, names[action], words.data, names[by]);
            free(words.data);
            return -1;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (all[i].action == action) {
            memcpy(all[i].keys, keys, sizeof all[i].keys);
            name_again(all, i, count);
        }
    }
    return 0;
}

static bool mouse = true;

bool keys_mouse(void)
{
    return mouse;
}

static int read_mouse(struct reading *reading, const char *word)
{
    if (!word || (strcmp(word, "on") != 0 && strcmp(word, "off") != 0)) {
        snprintf(reading->error, reading->cap, "%s:%d: mouse: expected on or off", reading->path,
                 reading->line);
        return -1;
    }
    mouse = strcmp(word, "on") == 0;
    return 0;
}

static int read_line(struct reading *reading, char *text)
{
    static const char blanks[] = " \t\r\n";
    char *rest, *word = strtok_r(text, blanks, &rest);
    uint32_t keys[KEYS_PER_BINDING] = {0};
    if (!word || word[0] == '#') {
        return 0;
    }
    if (strcmp(word, "mouse") == 0) {
        return read_mouse(reading, strtok_r(NULL, blanks, &rest));
    }
    enum action action = action_named(word);
    if (action == ACTION_NONE) {
        snprintf(reading->error, reading->cap,
                 "%s:%d: there is no action '%s'; `ikesim watch --list-keys` lists them",
                 reading->path, reading->line, word);
        return -1;
    }
    size_t used = 0;
    while ((word = strtok_r(NULL, blanks, &rest)) != NULL && word[0] != '#') {
        uint32_t key = key_named(word);
        if (key == 0 || used == KEYS_PER_BINDING) {
            snprintf(reading->error, reading->cap,
                     "%s:%d: %s: '%s' is %s; expected up to %d keys such as x, ^x, space, enter, "
                     "up, pgdn, f5",
                     reading->path, reading->line, names[action], word,
                     key == 0 ? "no key" : "one too many", KEYS_PER_BINDING);
            return -1;
        }
        keys[used++] = key;
    }
    if (used == 0) {
        snprintf(reading->error, reading->cap, "%s:%d: %s: expected a key behind it", reading->path,
                 reading->line, names[action]);
        return -1;
    }
    return bind_keys(reading, action, keys);
}

int keys_read(const char *path, char *error, size_t error_cap)
{
    struct reading reading = {.path = path, .error = error, .cap = error_cap};
    FILE *in = fopen(path, "r");
    if (!in) {
        snprintf(error, error_cap, "%s: %s", path, strerror(errno));
        return -1;
    }
    char *text = NULL;
    size_t cap = 0;
    int result = 0;
    while (result == 0 && getline(&text, &cap, in) >= 0) {
        reading.line++;
        result = read_line(&reading, text);
    }
    if (result == 0 && ferror(in)) { /* a directory, say */
        snprintf(error, error_cap, "%s: %s", path, strerror(errno));
        result = -1;
    }
    free(text);
    fclose(in);
    return result;
}

/* ---- into one ---- */

char *keys_list(void)
{
    size_t count;
    const struct binding *all = keys_bindings(&count);
    struct words words = {0};
    words_add(&words, "# Keys of ikesim watch: an action and its keys on each line. A line that is "
                      "taken out leaves them as they are.\n");
    words_add(&words, "%-18s %s  # clicks and the wheel; with Shift the terminal has them\n",
              "mouse", mouse ? "on" : "off");
    for (size_t i = 0; i < count; i++) {
        bool before = false;
        for (size_t k = 0; k < i; k++) {
            before |= all[k].action == all[i].action;
        }
        if (before) {
            continue;
        }
        words_add(&words, "%-18s", names[all[i].action]);
        for (size_t k = 0; k < KEYS_PER_BINDING && all[i].keys[k]; k++) {
            if (all[i].keys[k] != '\n') { /* Enter comes as either */
                words_add(&words, " ");
                add_key(&words, all[i].keys[k]);
            }
        }
        words_add(&words, "%s%s\n", all[i].help ? "  # " : "", all[i].help ? all[i].help : "");
    }
    return words.data;
}
