/* The screen's own state (which one is shown, what is selected and open in each) and what actions
 * do to it and to the model. Actions return flags; the loop around them draws. */
#ifndef IKESIM_UI_TERM_APP_H
#define IKESIM_UI_TERM_APP_H

#include "ui/term/grid.h"
#include "ui/term/keys.h"
#include "ui/term/model.h"
#include "ui/term/theme.h"
#include "ui/term/whatif.h"

/* Smallest screen that is drawn; a smaller one says so. */
#define APP_WIDTH_MIN 80
#define APP_HEIGHT_MIN 24

/* From this height on the message has a place below the ladder. */
#define APP_SPLIT_HEIGHT 44

/* SCREEN(symbol, name on its tab and after --screen) */
#define APP_SCREENS(SCREEN)                                                                        \
    SCREEN(OVERVIEW, "Overview")                                                                   \
    SCREEN(LADDER, "Ladder")                                                                       \
    SCREEN(MESSAGE, "Message")                                                                     \
    SCREEN(KEYS, "Keys")                                                                           \
    SCREEN(WINDOW, "Window")                                                                       \
    SCREEN(NETWORK, "Network")                                                                     \
    SCREEN(STORM, "Storm")

enum app_screen {
#define SCREEN(symbol, name) SCREEN_##symbol,
    APP_SCREENS(SCREEN)
#undef SCREEN
        SCREEN_COUNT
};

/* "Ladder". */
const char *app_screen_name(enum app_screen screen);

/* The screen of that name, in any case of letters; false if there is none. */
bool app_screen_find(const char *name, enum app_screen *screen);

/* A line that is typed below the screen. */
enum app_prompt {
    PROMPT_NONE,
    PROMPT_SEARCH,
    PROMPT_FILTER,
    PROMPT_TIME,
    PROMPT_CHOICE, /* of what if: what the choice asks for */
    PROMPT_SAVE,   /* the scenario with what was changed */
};
#define APP_TYPED_MAX 255

enum app_layers { LAYERS_BOTH, LAYERS_WIRE, LAYERS_DECRYPTED, LAYERS_COUNT };

/* The message that is open: its tree, and the cursor in its fields or in its bytes. */
struct app_message {
    uint64_t datagram;
    size_t field; /* selected */
    size_t closed_count;
    bool *closed;           /* by field */
    bool bytes;             /* the cursor is in the bytes */
    int layer;              /* where it is there */
    size_t octet;           /* in that layer */
    char *about;            /* who sent it, when, and what became of it by the cursor */
    uint64_t about_ordinal; /* the cursor that `about` is of */
    enum app_layers layers; /* which bytes are shown */
};

/* Who writes the recording. */
struct app_writer {
    bool (*is_there)(void *context); /* false: nobody writes any more. NULL: nobody can tell */
    void *context;
};

/* Two ladders side by side take so many columns; where there are fewer, one stands above the other.
 */
#define APP_BESIDE_WIDTH 120

/* With an error of a scenario, which tells what was expected. */
enum { APP_NOTICE_MAX = 400 };

struct app {
    struct model *model;      /* borrowed; of two futures the one that is shown */
    struct app_writer writer; /* of whatif.original */
    enum app_screen screen;
    bool help;
    size_t help_top;
    bool later;   /* the ladder shows what comes after the cursor */
    int page;     /* rows of the screen, as last drawn */
    int hex_line; /* octets in a line of hex, as last drawn */
    bool blocks;  /* charts in blocks: the terminal has no braille */
    enum theme theme;
    bool mouse; /* it is listened to, unless a file of keys says otherwise */

    /* A text laid over the screen, NULL if there is none. */
    char *sheet_title, *sheet;
    size_t sheet_top;

    enum app_prompt prompt;
    char typed[APP_TYPED_MAX + 1];
    char notice[APP_NOTICE_MAX]; /* what the last key came to, shown until the next one */
    char *copied;                /* to the clipboard, by whoever has a terminal; NULL: nothing */

    /* The search: what for, and, while it goes on, from where and which way. */
    char query[APP_TYPED_MAX + 1];
    int searching; /* 1 on, -1 back, 0 not */
    uint64_t search_at;

    struct app_message message;
    uint64_t marked; /* net:sent of the marked message; UINT64_MAX: none */

    struct whatif whatif;
    bool beside;        /* the ladders of both futures are shown */
    bool choosing;      /* the sheet is the list of what may be changed */
    size_t chosen;      /* the choice that PROMPT_CHOICE is about */
    bool rest;          /* a first part of the future is there, and more of it is being run */
    bool parted;        /* it was said where the futures part, */
    uint64_t parted_at; /* and that is here, ns; UINT64_MAX: nowhere */

    struct guide *guide; /* borrowed; NULL: nobody is guided (guide.h) */

    struct keypage *keys;
    struct overview *overview;
    struct windows *windows;
    struct network *network;
    struct trace_series_reader *series; /* of whatif.original; borrowed; NULL: none */
    struct storm *storm;                /* see app_storm */
};

enum { APP_REDRAW = 1, APP_QUIT = 2, APP_REPAINT = 4 };

/* The model is borrowed. What was made for the screens is freed with app_dispose. */
void app_init(struct app *app, struct model *model);
void app_dispose(struct app *app);

/* The context that keys are looked up in. */
unsigned app_context(const struct app *app);

/* What a key does: types into the prompt, or acts. Returns flags. */
unsigned app_key(struct app *app, uint32_t key);

/* Does it; returns flags. */
unsigned app_act(struct app *app, enum action action);

/* Brings model and app up to the cursor, then draws all of it: views are pure after this. */
void app_prepare(struct app *app);

/* Takes up what has been written since the last time, and whether there will be more. True if
 * anything has changed. */
bool app_refresh(struct app *app);

/* True while app_prepare has more to do than it may in one frame: a search, counting events. */
bool app_busy(const struct app *app);

/* True while it has to look every now and then whether a run is over. */
bool app_waits(const struct app *app);

/* Shows a screen with the cursor at an event and, in the screens that have fields, the one of that
 * name selected: how a lesson points at something. `field` may be NULL. False if there is no such
 * field there. */
bool app_point(struct app *app, enum app_screen screen, uint64_t ordinal, const char *field);

/* The figures of the run that is shown; made when they are first asked for. */
struct storm *app_storm(struct app *app);

/* What the last key came to, in a few words. */
void app_note(struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Lays a text over the screen; takes `text`. */
void app_show_sheet(struct app *app, const char *title, char *text);
void app_close_sheet(struct app *app);

/* ---- parts of what actions do ---- */

/* True if the screen is about all hosts: there the keys of time go through the events of all,
 * elsewhere through those of the pair. */
bool app_is_of_all(enum app_screen screen);

/* Keys of time: false if the action is none. */
bool app_act_on_time(struct app *app, enum action action);

/* Keys of what if, and the key of a choice while its list is open. */
bool app_act_on_whatif(struct app *app, enum action action);
bool app_choose(struct app *app, uint32_t key);
void app_answer(struct app *app);
void app_save(struct app *app);
/* Looks after a run that goes on. */
void app_whatif_prepare(struct app *app);
/* Brings the future that is not shown to the cursor, where it stands beside the other. */
void app_beside_prepare(struct app *app);

/* Forgets what was made of the model that was shown. */
void app_forget(struct app *app);

/* Looks on for app.query from the cursor, in dir. */
void app_search(struct app *app, int dir);
/* Some more of it, as long as a frame may take. */
void app_search_on(struct app *app);

#endif
