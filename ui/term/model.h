/*
 * A recording as it is watched: a cursor in it, the pair that is looked at, play state and speed,
 * and what follows from these for the views: the state at the cursor, the ladder around it, the
 * event in plain words, the message taken apart. The model asks the recording and nothing else; it
 * knows no terminal.
 *
 * No key scans the recording: the ladder is made of the events around the cursor and grows with it.
 */
#ifndef IKESIM_UI_TERM_MODEL_H
#define IKESIM_UI_TERM_MODEL_H

#include "trace/reader.h"
#include "ui/dissect/dissect.h"
#include "ui/term/ladder.h"
#include "ui/term/pair_state.h"
#include "ui/term/rewind.h"

#define MODEL_SCRUB_BUCKETS 512

/* Marks of the scrubber, a bit each. */
enum {
    MODEL_SCRUB_LOSS = 1,
    MODEL_SCRUB_ERROR = 2,
    MODEL_SCRUB_IKE_LOSS = 4,
    MODEL_SCRUB_REKEY = 8,
};
#define MODEL_SCRUB_SEARCHES 4

struct model {
    struct trace_reader *reader;   /* borrowed */
    struct crypto_context *crypto; /* borrowed; NULL: nothing is decrypted */

    /* The cursor: the last event that has happened, and the time, which may be later. */
    uint64_t ordinal, time;
    bool playing;
    bool by_time;    /* the cursor came by time, not from event to event */
    int speed;       /* index, see model_speed_text */
    char *pair[2];   /* left and right; NULL while the recording tells of no pair */
    bool unfold;     /* ESP packets one by one */
    bool everywhere; /* steps go through the events of all, not of the pair alone */
    bool whole;      /* the state is wanted of all, however many they are */

    /* What the recording says of itself. */
    char *scenario, *keys;
    uint64_t seed, duration, count;
    bool complete;
    bool cut; /* it is not, and nobody writes any more: its last line will not come */

    /* For the views, as of the cursor: filled by model_prepare. */
    /* Until the next model_prepare: of all, or, where these are many and `everywhere` is not set,
     * of the two that are looked at. */
    const struct trace_state *state;
    uint32_t pair_count; /* of all, as last seen */
    uint32_t pair_index;
    struct ladder *ladder;
    char *why;
    struct dissect_tree *tree; /* of the message under the cursor; NULL if there is none */
    uint64_t tree_datagram;    /* its net:sent */
    uint8_t scrub[MODEL_SCRUB_BUCKETS];

    /* Its own. */
    /* The ladder holds from here on, and was made of events up to there. */
    uint64_t window_safe, window_last;
    uint64_t why_ordinal;
    struct dissect_keys *secrets;
    uint64_t secrets_last; /* the last event whose keys are in `secrets` */
    uint64_t secrets_next; /* the first one that comes after them */
    struct rewind rewind;
    struct pair_state pair_state;
    uint64_t tree_secrets;
    uint64_t
        scrubbed[MODEL_SCRUB_SEARCHES]; /* how far the marks of each kind have been looked for */
    uint64_t
        scrub_done[MODEL_SCRUB_SEARCHES]; /* there are no more among the first so many events */
};

/* At the first event, paused; of a pair once the recording tells of one. */
struct model *model_new(struct trace_reader *reader, struct crypto_context *crypto);
void model_free(struct model *model);

/* Takes in what a growing recording has got since. True if there is more. */
bool model_refresh(struct model *model);

/* Brings everything up to the cursor. Call before drawing. */
void model_prepare(struct model *model);

/* The scrubber's marks are looked for a little with every model_prepare: some more, false when
 * there are no more; or to the end. */
bool model_scrub_some(struct model *model);
void model_scrub_all(struct model *model);

/* ---- moving ---- */

/* Puts the cursor at an event (the last one if there are not so many), at a time in ns, at the
 * beginning, at the end. */
void model_seek(struct model *model, uint64_t ordinal);
void model_seek_time(struct model *model, uint64_t time);
void model_home(struct model *model);
void model_end(struct model *model);

/* To the pair's next (dir 1) or previous (-1) event of these kinds. False, and nothing moves, if
 * there is none (backwards over all kinds: to the beginning). */
bool model_step(struct model *model, int dir, trace_kinds kinds);

/* To the next or previous row of the ladder. */
bool model_step_row(struct model *model, int dir);

/* To where the next or previous exchange begins: its request leaves for the first time. */
bool model_step_exchange(struct model *model, int dir);

/* Kinds of events, for model_step: what was lost; what took the place of another; what went wrong.
 */
trace_kinds model_loss_kinds(void);
trace_kinds model_rekey_kinds(void);
trace_kinds model_error_kinds(void);

/* True if an event of those kinds is an error. A copy of what came before is none: retransmissions
 * and links make them, and who refuses them does what it should (RFC 7296 §2.1, RFC 4303 §3.4.3).
 */
bool model_is_error(struct model *model, uint64_t ordinal);

/* Looks at another pair; the cursor stays. False if there is none of that index. */
bool model_select(struct model *model, uint32_t index);

/* The same, by the names of two hosts that the recording has together. */
void model_show_pair(struct model *model, const char *a, const char *b);

/* ESP packets one by one in the ladder, or as counts. */
void model_unfold(struct model *model, bool unfold);

/* ---- playing ---- */

/* Lets `elapsed` ns of the wall clock pass. True if the cursor moved. Pauses in which nothing is on
 * its way are shortened. */
bool model_advance(struct model *model, uint64_t elapsed);

/* Faster (1) or slower (-1). */
void model_faster(struct model *model, int dir);
const char *model_speed_text(const struct model *model);

/* Sets the speed that is named ("1/10", "5"); false if it is none of them. */
bool model_set_speed(struct model *model, const char *text);

#endif
