/*
 * The exchange between two hosts as rows in order of time, made from their events one by one. A row
 * never depends on events behind it, so the ladder at a cursor is the rows up to there, and a
 * ladder that is made while the run goes on is the same as one that is made afterwards.
 *
 * A message leaves on one row and arrives, or ends, on a later one; between the two it runs down in
 * a lane beside its sender's lifeline. ESP packets are folded into one row for each run of them.
 */
#ifndef IKESIM_UI_TERM_LADDER_H
#define IKESIM_UI_TERM_LADDER_H

#include "trace/reader.h"

enum ladder_kind {
    LADDER_SEND,   /* a message leaves */
    LADDER_ARRIVE, /* it, or a copy of it, reaches the other end */
    LADDER_LOST,   /* it ends on the link */
    LADDER_NOTE,   /* something happens at one end */
    LADDER_ESP,    /* a run of ESP packets */
    LADDER_GAP,    /* nothing happens for a while */
};

/* What a note is about: its mark, and its meaning on the screen. */
enum ladder_mark {
    LADDER_MARK_PLAIN,
    LADDER_MARK_STATE,
    LADDER_MARK_KEY,
    LADDER_MARK_CHILD,
    LADDER_MARK_GOOD,
    LADDER_MARK_BAD,
    LADDER_MARK_TIMER,
};

#define LADDER_NONE SIZE_MAX
#define LADDER_LANES                                                                               \
    8 /* beside each lifeline; the last one is shared when more are on their way                   \
       */

struct ladder_message {
    int side; /* of the sender: 0 or 1 */
    bool esp;
    bool response;
    uint64_t transmission; /* 1, or 2 and up: the same bytes again */
    uint64_t message_id;   /* or the sequence number of ESP */
    uint64_t length;
    char *exchange; /* "IKE_SA_INIT", "ESP" */
    char *payloads;
    uint64_t sent_ordinal; /* ike:message_sent or esp:sent; UINT64_MAX if not recorded */
    uint64_t net_ordinal;  /* net:sent, which has the bytes; UINT64_MAX until then */
    struct trace_ref sent, net;
    uint64_t sent_time;
    uint64_t end_time; /* of the first arrival or the loss; UINT64_MAX if neither is known */
    uint64_t end_ordinal;
    int lane;
    int open; /* copies that are on their way */
    bool lost;
};

struct ladder_row {
    enum ladder_kind kind;
    enum ladder_mark mark;
    int side;         /* where it happens */
    uint64_t ordinal; /* of its event */
    uint64_t time;
    size_t message;      /* index, or LADDER_NONE; for a note, the message that brought it about */
    uint32_t copy;       /* ARRIVE: 1 the original */
    bool overtaken;      /* ARRIVE: something sent later was here before */
    bool last;           /* ARRIVE, LOST: nothing of the message remains on its way */
    uint8_t lanes[2];    /* bit i: lane i of that side goes on through this row */
    uint8_t dashed[2];   /* those of them that are retransmissions */
    char *text;          /* NOTE: the words; LOST: why; GAP: how long; else NULL */
    size_t first, count; /* ESP: its packets' events in ladder.esp */
};

enum ladder_esp_what {
    LADDER_ESP_SENT,
    LADDER_ESP_ARRIVED,
    LADDER_ESP_COPY,
    LADDER_ESP_LOST,
    LADDER_ESP_REFUSED, /* replayed, too old, ...: `what` of explain says it */
    LADDER_ESP_ANSWERED,
    LADDER_ESP_NO_SA,   /* an inner packet that found no CHILD SA to go through */
    LADDER_ESP_SKIPPED, /* many at once: `value` is an index in ladder.skips */
};

struct ladder_esp_event {
    uint64_t ordinal;
    uint64_t net_ordinal; /* its net:sent, UINT64_MAX if unknown */
    uint64_t value;       /* SENT: 1 of AH; ANSWERED: round trip, ns; SKIPPED: see there */
    uint8_t what;         /* enum ladder_esp_what */
    uint8_t side;         /* of the sender */
};

/* Counts of a run up to a cursor. */
struct ladder_esp_counts {
    uint64_t sent[2], arrived[2]; /* by sender */
    uint64_t of_ah;               /* of those sent; the others are of ESP */
    uint64_t lost, copies, refused, no_sa;
    uint64_t round_trip; /* of the last ping that was answered, 0 if none */
};

/* What a NAT-keepalive is called in the place of an exchange. */
#define LADDER_KEEPALIVE "NAT-keepalive"

/* An ICMP error. */
#define LADDER_ICMP "ICMP error"

/* And what somebody on the link has made in a host's name. */
#define LADDER_FORGED "not of this host"

struct ladder {
    struct trace_reader *reader; /* borrowed */
    char *host[2];               /* left, right */
    bool unfold;                 /* ESP packets get rows of their own */
    size_t row_count, row_cap;
    struct ladder_row *rows;
    size_t message_count, message_cap;
    struct ladder_message *messages;
    size_t esp_count, esp_cap;
    struct ladder_esp_event *esp;
    size_t skip_count, skip_cap;
    struct ladder_esp_counts *skips;
    size_t open_count, open_cap; /* messages on their way */
    size_t *open;
    size_t packet_count, packet_cap; /* ESP packets on their way, folded */
    struct ladder_packet {
        struct trace_ref net;
        uint64_t net_ordinal;
        int side;
    } * packets;
    size_t last_message[2]; /* that each side took in or sent, for its notes */
    char *translated[2];    /* what a NAT last made of the addresses of each side */
    uint64_t last_time;
    bool any;
    uint8_t lanes[2], dashed[2]; /* in use now */
};

/* Kinds of events that make rows; the others need not be given to ladder_add. */
trace_kinds ladder_kinds(void);

/* An empty one; `reader` is borrowed, the names are copied. */
struct ladder *ladder_new(struct trace_reader *reader, const char *left, const char *right,
                          bool unfold);
void ladder_free(struct ladder *ladder);

/* Takes the next event of the pair. Those of other hosts are ignored. */
void ladder_add(struct ladder *ladder, uint64_t ordinal, const struct trace_record *record);

/* Kinds of events that make rows even where ESP is folded. */
trace_kinds ladder_ike_kinds(void);

/* Takes all events between two (exclusive) that are known to be of folded ESP: they are counted by
 * kind, not read. */
void ladder_skip(struct ladder *ladder, uint64_t after, uint64_t before);

/* The last row at or before an event; LADDER_NONE if there is none. */
size_t ladder_row_at(const struct ladder *ladder, uint64_t ordinal);

/* The last event that belongs to the row: a run of ESP is one row. */
uint64_t ladder_row_end(const struct ladder *ladder, const struct ladder_row *row);

/* The messages that are on their way at an event, oldest first; at most `max`. Returns how many. */
size_t ladder_flying(const struct ladder *ladder, uint64_t ordinal, size_t *messages, size_t max);

/* What has happened of a row of folded ESP by an event. */
struct ladder_esp_counts ladder_esp_count(const struct ladder *ladder, const struct ladder_row *row,
                                          uint64_t ordinal);

/* The net:sent of the datagram that the row is about, as of a cursor; UINT64_MAX if there is none.
 */
uint64_t ladder_datagram(const struct ladder *ladder, size_t row, uint64_t ordinal);

/* True if messages of the exchange have an ICV: all but those of IKE_SA_INIT. */
bool ladder_is_sealed(const char *exchange);

/* True if a datagram carries ESP: by its IP protocol, or on UDP port 4500 (RFC 3948). */
bool ladder_is_esp(const struct trace_net_sent *data);

/* 0 or 1: where in the ladder a host stands; -1 if nowhere. */
int ladder_side(const struct ladder *ladder, const char *host);

/* What an event says about one end in a few words, with its mark; malloc'ed, NULL if it makes no
 * note. */
char *ladder_note(const struct trace_record *record, enum ladder_mark *mark);

/* The same for events of authentication only. */
char *ladder_note_auth(const struct trace_record *record, enum ladder_mark *mark);

/* Those of a cluster. */
char *ladder_note_failover(const struct trace_record *record, enum ladder_mark *mark);

/* Those about addresses, and who stands on the way. */
char *ladder_note_net(const struct trace_record *record, enum ladder_mark *mark);

#endif
