/* The windows of a pair as of the cursor: of IKE requests in each direction, with what has become
 * of each Message ID, and of ESP packets, which sequence numbers were taken. Read backwards from
 * the cursor, a bounded number of events. */
#ifndef IKESIM_UI_TERM_WINDOWS_H
#define IKESIM_UI_TERM_WINDOWS_H

#include "ui/term/model.h"

#define WINDOWS_SLOTS 40
#define WINDOWS_REPLAYS 6
#define WINDOWS_BITS 512

/* A Message ID at its sender, at its receiver. */
struct windows_slot {
    char exchange[20];
    unsigned sent; /* transmissions */
    uint64_t last_sent;
    bool taken;      /* the receiver has accepted it */
    unsigned cached; /* times that the receiver sent its response; it keeps that */
    bool answered;   /* the sender has the response */
    bool gave_up;
};

/* Requests of one end, RFC 7296 §2.3. */
struct windows_requests {
    const char *from, *to;
    bool any; /* the recording has told of this window */
    uint64_t spi_i;
    uint64_t size, oldest, next, outstanding, waiting;
    uint64_t first; /* Message ID of slots[0] */
    bool whole;     /* read back to the first transmission of it */
    struct windows_slot slots[WINDOWS_SLOTS];
};

/* One direction of a CHILD SA at its receiver, RFC 4303 §3.4.3, of AH RFC 4302 §3.4.3. */
struct windows_replay {
    const char *from, *to;
    bool ah; /* else ESP */
    char child[32];
    uint32_t spi;
    uint64_t right_edge, window;
    uint8_t bits[WINDOWS_BITS / 8]; /* bit i: right_edge - i was taken */
    /* The packet that was looked at last. */
    uint64_t sequence;
    char refused[24]; /* why; "" if it was taken */
    uint64_t time;
};

struct windows {
    uint64_t ordinal;
    char *pair[2];
    struct windows_requests requests[2]; /* of the left end, of the right one */
    size_t replay_count;
    struct windows_replay replays[WINDOWS_REPLAYS]; /* the one with the newest packet first */
};

/* Of nobody until it is prepared; preparing brings it up to the model's cursor and pair. */
struct windows *windows_new(void);
void windows_free(struct windows *windows);
void windows_prepare(struct windows *windows, struct model *model);

/* Why a request waits, or which one holds the window up; what the next one will do. malloc'ed. */
char *windows_words(const struct windows_requests *requests, uint64_t now);

/* What came of the packet under test. malloc'ed. */
char *windows_verdict(const struct windows_replay *replay);

#endif
