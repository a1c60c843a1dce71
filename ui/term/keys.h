/* What a person can do, as one table of named actions with their keys. Footer and help are made
 * from it. */
#ifndef IKESIM_UI_TERM_KEYS_H
#define IKESIM_UI_TERM_KEYS_H

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

enum action {
    ACTION_NONE,
    /* time */
    ACTION_PLAY,
    ACTION_EVENT_BACK,
    ACTION_EVENT_ON,
    ACTION_MESSAGE_BACK,
    ACTION_MESSAGE_ON,
    ACTION_EXCHANGE_BACK,
    ACTION_EXCHANGE_ON,
    ACTION_LOSS_BACK,
    ACTION_LOSS_ON,
    ACTION_REKEY_BACK,
    ACTION_REKEY_ON,
    ACTION_ERROR_BACK,
    ACTION_ERROR_ON,
    ACTION_GO_TO_TIME,
    ACTION_FASTER,
    ACTION_SLOWER,
    /* moving */
    ACTION_UP,
    ACTION_DOWN,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_HOME,
    ACTION_END,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_PANE_ON,
    ACTION_PANE_BACK,
    ACTION_OPEN,
    ACTION_BACK,
    ACTION_SEARCH,
    ACTION_SEARCH_ON,
    ACTION_SEARCH_BACK,
    /* the screens: in the order of enum app_screen */
    ACTION_SCREEN_OVERVIEW,
    ACTION_SCREEN_LADDER,
    ACTION_SCREEN_MESSAGE,
    ACTION_SCREEN_KEYS,
    ACTION_SCREEN_WINDOW,
    ACTION_SCREEN_NETWORK,
    ACTION_SCREEN_STORM,
    ACTION_SCREEN_ON,
    ACTION_SCREEN_BACK,
    /* what is shown */
    ACTION_UNFOLD,
    ACTION_LATER,
    ACTION_WIRE,
    ACTION_COPY,
    ACTION_COMMAND,
    ACTION_MARK,
    ACTION_COMPARE,
    ACTION_SORT,
    ACTION_SORT_TURN,
    ACTION_WHATIF,
    ACTION_FLIP,
    ACTION_PARTING,
    ACTION_SAVE,
    ACTION_THEME,
    ACTION_REDRAW,
    ACTION_HELP,
    ACTION_QUIT,
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
    CONTEXT_SHEET = 256, /* a text laid over the screen */
    CONTEXT_ALL = 511,
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

const struct binding *keys_table(size_t *count);

/* What a key does in a context; ACTION_NONE if nothing. */
enum action keys_action(unsigned context, uint32_t key);

#endif
