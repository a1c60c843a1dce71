/*
 * What if: lines of a scenario's script that a person adds at the cursor, and the same seed run
 * once more with them, so that two futures can be looked at in turn. Whoever can run a scenario
 * hands in how (ui/cli); here is what may be changed, and where the futures part.
 */
#ifndef IKESIM_UI_TERM_WHATIF_H
#define IKESIM_UI_TERM_WHATIF_H

#include "trace/series_reader.h"
#include "ui/term/model.h"

/* An order that a script knows and that needs no more than is known at a cursor, and a time. */
struct whatif_order {
    const char *name;    /* "rekey_ike" */
    const char *meaning; /* "`at` a time: `host` replaces ...", "`on` a message: the link ..." */
    bool on_message;     /* else to a host, at a time */
    bool needs_child;
    const char *time; /* the key of a time that is asked for: "by", "after", "down"; NULL: none */
};

/* A word of a script for a number of the wire: "KE" is payload type 34. */
struct whatif_word {
    const char *word;
    int64_t value;
};

enum whatif_result {
    WHATIF_FAILED = -1,
    WHATIF_RUNS,
    WHATIF_DONE, /* it is over */
    WHATIF_PART, /* what the change can reach is there, or all up to now; the rest goes on */
};

/* A value of a host's configuration that a person may want to be another from the cursor on. */
struct whatif_setting {
    const char *key;     /* of a script's reload: "window" */
    const char *example; /* "2" */
    const char *meaning; /* "has another request window" */
    bool of_child;
};

/* How a scenario is run again. */
struct whatif_runner {
    void *context;
    const char *off; /* why it cannot be, NULL if it can */
    const struct whatif_order *orders;
    size_t order_count;
    const struct whatif_word *payloads; /* of `payload` of an edit; ended by a NULL word */
    const struct whatif_setting *settings;
    size_t setting_count;
    /* Whether the order can be given to that host. */
    bool (*obeys)(void *context, const char *host, const struct whatif_order *order);
    /* Whether the scenario has a host of that name, which may be one of a group. */
    bool (*knows)(void *context, const char *host);
    /* Begins to run with these lines: of script, each a YAML mapping, or "set PATH=VALUE" as --set
     * takes it. What comes before `until` (ns) is of no use alone. -1 with `error`. */
    int (*start)(void *context, char *const *lines, size_t count, uint64_t until, char *error,
                 size_t cap);
    /* While it runs *done gets its share in thousandths. With a result *reader is the new recording
     * and *series its time series (NULL: none), which the runner keeps until they are given back;
     * or there is an `error`. */
    enum whatif_result (*poll)(void *context, int *done, struct trace_reader **reader,
                               struct trace_series_reader **series, char *error, size_t cap);
    void (*give_back)(void *context, struct trace_reader *reader);
    void (*cancel)(void *context);
    /* Writes the scenario with the lines. -1 with `error`. */
    int (*save)(void *context, char *const *lines, size_t count, const char *path, char *error,
                size_t cap);
};

/* What a line lacks. */
enum whatif_asks {
    ASKS_NOTHING,
    ASKS_TIME,
    ASKS_VALUE,    /* of a field */
    ASKS_SETTING,  /* of a host */
    ASKS_ANYTHING, /* PATH=VALUE */
};

struct whatif_choice {
    char *words;
    char *line; /* NULL: take the last line back */
    enum whatif_asks asks;
    char *question; /* what is asked, NULL with ASKS_NOTHING */
    char *heading;  /* above it and those below of the same kind; NULL: as the one before */
};

#define WHATIF_LINES_MAX 16
#define WHATIF_CHOICES_MAX 35

struct whatif {
    const struct whatif_runner *runner; /* borrowed; NULL: what if is off */
    size_t line_count;
    char *lines[WHATIF_LINES_MAX];
    size_t choice_count;
    struct whatif_choice choices[WHATIF_CHOICES_MAX];
    char *pair[2]; /* that the list was made for: whom the newest line is about */
    size_t field;  /* of the message whose values are asked for */
    bool running;
    int done;                           /* thousandths */
    bool part;                          /* `future` has those only whom the change can reach */
    bool growing;                       /* it is of all, and has not come to its end */
    struct model *original;             /* borrowed */
    struct model *future;               /* with the lines; owned; NULL: there is none yet */
    struct trace_series_reader *series; /* of it; the runner's */
    /* Ordinals of the first event that differs, in the original and in the future; UINT64_MAX:
     * none. */
    uint64_t parting[2];
};

/* Cancels what runs, and frees the future and all lines. */
void whatif_dispose(struct whatif *whatif);

/* Why nothing can be changed, NULL if it can. */
const char *whatif_off(const struct whatif *whatif);

/* Lists what may be changed at the model's cursor, on the datagram under it, on both hosts, and, if
 * `field` is one of the tree of that datagram, in this field. Returns the list as a text for
 * people, a key before each; malloc'ed. */
char *whatif_list(struct whatif *whatif, struct model *model, size_t field);

/* The key of the i-th choice: 1 to 9, then letters that do nothing else while a list is open. */
char whatif_key(size_t choice);

/* Turns the answer to what a choice asks for ("200ms", "2", a field's value) into what its line
 * lacks: malloc'ed, NULL with `error`. */
char *whatif_answer(const struct whatif *whatif, const struct model *model, size_t choice,
                    const char *answer, char *error, size_t cap);

/* Adds the choice's line, with what it lacked, or takes the last one back, and begins to run for
 * who stands at `now`. -1 with `error`. */
int whatif_choose(struct whatif *whatif, size_t choice, const char *answer, uint64_t now,
                  char *error, size_t cap);

/* Looks whether there is something to see. With WHATIF_DONE and WHATIF_PART *future is a model of
 * it, the caller's, for whatif_take when the one before is no longer shown. */
enum whatif_result whatif_poll(struct whatif *whatif, struct model **future, char *error,
                               size_t cap);

/* The future from now on; the one before is freed. */
void whatif_take(struct whatif *whatif, struct model *future);

/* Where the futures part, as an ordinal of that model's recording; UINT64_MAX: nowhere. */
uint64_t whatif_parting_in(const struct whatif *whatif, const struct model *model);

/* When they part, ns: at the earlier of the two events; UINT64_MAX: never. */
uint64_t whatif_parting_time(const struct whatif *whatif);

/* Ends the run with the change if it goes on; its lines stay. */
void whatif_cancel(struct whatif *whatif);

/* The first event at which two recordings are not the same, by time and kind: among all, or, where
 * `pair` is not NULL, among those of two hosts. UINT64_MAX for both if there is none. What a line
 * of a script does has an event of its own; another value from the beginning on may show in what
 * events say and nowhere else, so with `contents` they are compared too. */
void whatif_find_parting(struct trace_reader *one, struct trace_reader *other, char *const *pair,
                         bool contents, uint64_t at[2]);

#endif
