/* What a person can do, as one table of named actions with their keys. Footer and help are made
 * from it. */
#ifndef IKESIM_UI_TERM_KEYS_H
#define IKESIM_UI_TERM_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys are Unicode characters, or one of these. */
enum {
    KEY_OF_UP = 0x110000,
    KEY_OF_DOWN,
    KEY_OF_LEFT,
    KEY_OF_RIGHT,
    KEY_OF_PAGE_UP,
    KEY_OF_PAGE_DOWN,
    KEY_OF_HOME,
    KEY_OF_END,
    KEY_OF_BACKTAB,
    KEY_OF_BACKSPACE,
    KEY_OF_F1,
    KEY_OF_F5,
    KEY_OF_F10,
    KEY_OF_TAB = '\t',
    KEY_OF_ENTER = '\r',
    KEY_OF_ESCAPE = 0x1b,
};

/* ACTION(symbol, name in a file of keys). Those of the screens are in the order of enum app_screen.
 */
#define KEYS_ACTIONS(ACTION)                                                                       \
    ACTION(PLAY, "play")                                                                           \
    ACTION(EVENT_BACK, "event-back")                                                               \
    ACTION(EVENT_ON, "event-on")                                                                   \
    ACTION(MESSAGE_BACK, "message-back")                                                           \
    ACTION(MESSAGE_ON, "message-on")                                                               \
    ACTION(EXCHANGE_BACK, "exchange-back")                                                         \
    ACTION(EXCHANGE_ON, "exchange-on")                                                             \
    ACTION(LOSS_BACK, "loss-back")                                                                 \
    ACTION(LOSS_ON, "loss-on")                                                                     \
    ACTION(REKEY_BACK, "rekey-back")                                                               \
    ACTION(REKEY_ON, "rekey-on")                                                                   \
    ACTION(ERROR_BACK, "error-back")                                                               \
    ACTION(ERROR_ON, "error-on")                                                                   \
    ACTION(GO_TO_TIME, "go-to-time")                                                               \
    ACTION(FASTER, "faster")                                                                       \
    ACTION(SLOWER, "slower")                                                                       \
    ACTION(UP, "up")                                                                               \
    ACTION(DOWN, "down")                                                                           \
    ACTION(PAGE_UP, "page-up")                                                                     \
    ACTION(PAGE_DOWN, "page-down")                                                                 \
    ACTION(HOME, "home")                                                                           \
    ACTION(END, "end")                                                                             \
    ACTION(LEFT, "left")                                                                           \
    ACTION(RIGHT, "right")                                                                         \
    ACTION(PANE_ON, "pane-on")                                                                     \
    ACTION(PANE_BACK, "pane-back")                                                                 \
    ACTION(OPEN, "open")                                                                           \
    ACTION(BACK, "back")                                                                           \
    ACTION(SEARCH, "search")                                                                       \
    ACTION(SEARCH_ON, "search-on")                                                                 \
    ACTION(SEARCH_BACK, "search-back")                                                             \
    ACTION(SCREEN_OVERVIEW, "screen-overview")                                                     \
    ACTION(SCREEN_LADDER, "screen-ladder")                                                         \
    ACTION(SCREEN_MESSAGE, "screen-message")                                                       \
    ACTION(SCREEN_KEYS, "screen-keys")                                                             \
    ACTION(SCREEN_WINDOW, "screen-window")                                                         \
    ACTION(SCREEN_NETWORK, "screen-network")                                                       \
    ACTION(SCREEN_STORM, "screen-storm")                                                           \
    ACTION(SCREEN_ON, "screen-on")                                                                 \
    ACTION(SCREEN_BACK, "screen-back")                                                             \
    ACTION(UNFOLD, "unfold")                                                                       \
    ACTION(LATER, "later")                                                                         \
    ACTION(WIRE, "wire")                                                                           \
    ACTION(COPY, "copy")                                                                           \
    ACTION(COMMAND, "command")                                                                     \
    ACTION(MARK, "mark")                                                                           \
    ACTION(COMPARE, "compare")                                                                     \
    ACTION(SORT, "sort")                                                                           \
    ACTION(SORT_TURN, "sort-turn")                                                                 \
    ACTION(WHATIF, "whatif")                                                                       \
    ACTION(FLIP, "flip")                                                                           \
    ACTION(BESIDE, "beside")                                                                       \
    ACTION(PARTING, "parting")                                                                     \
    ACTION(SAVE, "save")                                                                           \
    ACTION(LESSON_ON, "lesson-on")                                                                 \
    ACTION(LESSON_SKIP, "lesson-skip")                                                             \
    ACTION(LESSON_BACK, "lesson-back")                                                             \
    ACTION(LESSON_ROAM, "lesson-roam")                                                             \
    ACTION(LESSON_RETURN, "lesson-return")                                                         \
    ACTION(LESSON_FIRST, "lesson-first")                                                           \
    ACTION(LESSON_LEAVE, "lesson-leave")                                                           \
    ACTION(THEME, "theme")                                                                         \
    ACTION(REDRAW, "redraw")                                                                       \
    ACTION(HELP, "help")                                                                           \
    ACTION(QUIT, "quit")

enum action {
    ACTION_NONE,
#define ACTION(symbol, name) ACTION_##symbol,
    KEYS_ACTIONS(ACTION)
#undef ACTION
        ACTION_COUNT
};

/* Where the keys go: a bit each, those of the screens in the order of enum app_screen. */
enum {
    CONTEXT_OVERVIEW = 1,
    CONTEXT_LADDER = 2,
    CONTEXT_MESSAGE = 4,
    CONTEXT_KEYS = 8,
    CONTEXT_WINDOW = 16,
    CONTEXT_NETWORK = 32,
    CONTEXT_STORM = 64,
    CONTEXT_SCREENS = 127,
    CONTEXT_HELP = 128,
    CONTEXT_SHEET = 256,    /* a text laid over the screen */
    CONTEXT_LESSON = 512,   /* the panel of a lesson */
    CONTEXT_ROAMING = 1024, /* with that of the screen: one looks around in a lesson */
    CONTEXT_MENU = 2048,    /* a list to choose from, before anything else */
    CONTEXT_FUTURES =
        4096, /* with that of the screen: there is a run with a change beside this one */
    CONTEXT_ALL = 1023,
};

#define KEYS_PER_BINDING 4
#define KEYS_RANK_MAX 20

struct binding {
    enum action action;
    unsigned contexts;
    uint32_t keys[KEYS_PER_BINDING]; /* 0 ends */
    const char
        *label; /* the keys as people call them: "space"; NULL: told together with the next */
    const char *brief; /* for the footer; NULL: not there */
    const char *help;  /* one line for the help; NULL: not there */
    int rank;          /* in the footer: the lowest come first */
};

/* All bindings, as they are after keys_read. */
const struct binding *keys_table(size_t *count);

/* What a key does in a context; ACTION_NONE if nothing. */
enum action keys_action(unsigned context, uint32_t key);

/* Reads other keys from a file: a line for each action, its name and the keys that it is to have,
 * blanks between; or "mouse off"; `#` begins a comment. Footer and help tell of them too. Returns
 * 0, or -1 with `error` (FILE:LINE: what, and what was expected) and nothing changed from that line
 * on. */
int keys_read(const char *path, char *error, size_t error_cap);

/* False if such a file had the line "mouse off". */
bool keys_mouse(void);

/* All actions with their keys, as such a file. malloc'ed. */
char *keys_list(void);

#endif
