/*
 * What if: lines of a scenario's script that a person adds at the cursor, and the same seed run
 * once more with them, so that two futures can be looked at in turn. Whoever can run a scenario
 * hands in how (ui/cli); here is what may be changed, and where the futures part.
 */
#ifndef IKESIM_UI_TERM_WHATIF_H
#define IKESIM_UI_TERM_WHATIF_H

#include "trace/series_reader.h"
#include "ui/term/model.h"

/* An order that a script knows. */
struct whatif_order {
    const char *name;    /* "rekey_ike" */
    const char *meaning; /* "`at` a time: `host` replaces ...", "`on` a message: the link ..." */
    bool on_message;     /* else to a host, at a time */
    bool needs_child, needs_time;
};

/* How a scenario is run again. */
struct whatif_runner {
    void *context;
    const char *off; /* why it cannot be, NULL if it can */
    const struct whatif_order *orders;
    size_t order_count;
    /* Begins to run with these lines: of script, each a YAML mapping, or "set PATH=VALUE" as --set
     * takes it. -1 with `error`. */
    int (*start)(void *context, char *const *lines, size_t count, char *error, size_t cap);
    /* 0 while it runs, *done gets its share in thousandths; 1 when *reader is the new recording and
     * *series its time series (NULL: none), which the runner keeps; -1 with `error`. */
    int (*poll)(void *context, int *done, struct trace_reader **reader,
                struct trace_series_reader **series, char *error, size_t cap);
    void (*cancel)(void *context);
    /* Writes the scenario with the lines. -1 with `error`. */
    int (*save)(void *context, char *const *lines, size_t count, const char *path, char *error,
                size_t cap);
};

struct whatif_choice {
    char *words;
    char *line; /* NULL: take the last line back */
    enum whatif_asks { ASKS_NOTHING, ASKS_TIME, ASKS_SETTING } asks; /* what the line lacks */
};

#define WHATIF_LINES_MAX 16
#define WHATIF_CHOICES_MAX 30

struct whatif {
    const struct whatif_runner *runner; /* borrowed; NULL: what if is off */
    size_t line_count;
    char *lines[WHATIF_LINES_MAX];
    size_t choice_count;
    struct whatif_choice choices[WHATIF_CHOICES_MAX];
    bool running;
    int done;                           /* thousandths */
    struct model *original;             /* borrowed */
    struct model *future;               /* with the lines; owned; NULL: there is none yet */
    struct trace_series_reader *series; /* of it; the runner's */
    uint64_t parting; /* ordinal of the first event that differs; UINT64_MAX: none */
};

void whatif_dispose(struct whatif *whatif);

/* Why nothing can be changed, NULL if it can. */
const char *whatif_off(const struct whatif *whatif);

/* Lists what may be changed at the model's cursor, on the datagram under it and on both hosts.
 * Returns the list as a text for people, a key before each; malloc'ed. */
char *whatif_list(struct whatif *whatif, struct model *model);

/* The key of the i-th choice: 1 to 9, then letters. */
char whatif_key(size_t choice);

/* Adds the choice's line, with the answer to what it asks for ("200ms", "hosts.gw.ike.window=2"),
 * or takes the last one back, and begins to run. -1 with `error`. */
int whatif_choose(struct whatif *whatif, size_t choice, const char *answer, char *error,
                  size_t cap);

/* Looks whether the run is over. 1: *future is a model of it, the caller's, to become whatif.future
 * when the one before is no longer shown; 0 not yet; -1 with `error`. */
int whatif_poll(struct whatif *whatif, struct model **future, char *error, size_t cap);

void whatif_cancel(struct whatif *whatif);

/* The ordinal of the first event at which two recordings are not the same, by time and kind;
 * UINT64_MAX if they are. */
uint64_t whatif_parting(struct trace_reader *one, struct trace_reader *other);

#endif
