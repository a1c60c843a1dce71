/*
 * A guide through a recording: steps with what is said at each, and questions. It stands in a panel
 * beside the screen that a step stops at, with the cursor on the step's event and the field lit
 * that matters. Between two keys one may look around on any screen, and come back.
 *
 * Who knows lessons (ui/learn) makes the steps; nothing here knows where they come from.
 */
#ifndef IKESIM_UI_TERM_GUIDE_H
#define IKESIM_UI_TERM_GUIDE_H

#include "ui/term/app.h"

/* From this width on the panel stands on the right, otherwise below. */
#define GUIDE_SIDE_WIDTH 136
#define GUIDE_SIDE_PANEL 54

struct guide_step {
    uint64_t ordinal;
    uint64_t datagram; /* the net:sent of the message that is meant; UINT64_MAX: none */
    enum app_screen screen;
    const char *field; /* on that screen: a name, of keys also a value; NULL: none */
    const char *point; /* "Length: 224"; NULL: nothing is pointed at */
    const char *value; /* what of it is lit where it stands on the screen; NULL: nothing */
    const char *meaning;
    bool spoils;            /* the point is the answer: it is shown with it */
    const char *say;        /* paragraphs, an empty line between them; may be NULL */
    const char *misreading; /* told when the question is answered; may be NULL */
    const char *ask;        /* NULL: no question, and none of what follows */
    const char *answer;
    const char *const *choices; /* NULL: the answer is typed */
    size_t choice_count, right;
    const char *because;
    const void *question; /* for is_right */
};

enum guide_state { GUIDE_OPEN, GUIDE_ONCE_WRONG, GUIDE_RIGHT, GUIDE_WRONG };

struct guide {
    /* Given; all borrowed. */
    const char *title; /* "15 NAT" */
    const char *about;
    const char *next;    /* what comes after it; NULL: nothing */
    const char *pair[2]; /* of events that are about no two hosts */
    const struct guide_step *steps;
    size_t count;
    bool (*is_right)(const void *question, const char *given);

    /* Its own. */
    size_t at;                /* `count`: the end, where it is summed up */
    enum guide_state *states; /* by step */
    char given[APP_TYPED_MAX + 1];
    bool roaming;       /* one looks around */
    bool finished;      /* the end was reached */
    size_t top;         /* first line of the panel that is shown */
    size_t lines, room; /* of the panel, as last drawn */
};

/* Begins: allocates what is its own and shows the first step. */
void guide_begin(struct guide *guide, struct app *app);
void guide_dispose(struct guide *guide);

/* How far one has come, one character for each step: '+' answered right, '-' wrong, '.' not
 * answered. malloc'ed. */
char *guide_marks(const struct guide *guide);

/* Goes on where one has left, with marks from there; with others than this guide has steps for it
 * begins anew. */
void guide_resume(struct app *app, size_t at, const char *marks);

/* Shows the step anew: the screen, the event, the field. False if its field is not there. */
bool guide_show(struct app *app);

/* Keys while the panel has them: letters of choices and what is typed as an answer. True if that
 * was all. */
bool guide_key(struct app *app, uint32_t key);

/* Actions of the guide; false if it is none of them. *flags gets those of app.h. */
bool guide_act(struct app *app, enum action action, unsigned *flags);

/* Up and down in the panel. */
void guide_scroll(struct guide *guide, int steps);

/* True if the panel has the keys. */
bool guide_listens(const struct app *app);

/* The step that is shown; NULL at the end. */
const struct guide_step *guide_step_of(const struct guide *guide);

/* True if the step's question has been answered, or there is none. */
bool guide_told(const struct guide *guide);

/* Questions, and those that were answered right. */
size_t guide_questions(const struct guide *guide);
size_t guide_right(const struct guide *guide);

#endif
