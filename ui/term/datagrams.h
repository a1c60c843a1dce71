/* The last datagrams of the two hosts that are looked at, as of the cursor: what each carries and
 * what has become of it. */
#ifndef IKESIM_UI_TERM_DATAGRAMS_H
#define IKESIM_UI_TERM_DATAGRAMS_H

#include "ui/term/model.h"

#define DATAGRAMS_MAX 90

enum datagram_fate {
    DATAGRAM_FLYING,
    DATAGRAM_ARRIVED,
    DATAGRAM_LOST,
};

struct datagram {
    uint64_t ordinal, sent; /* of its net:sent; when, ns */
    uint64_t delay;         /* ns, if it has arrived: of the first copy */
    int side;               /* of its sender */
    enum datagram_fate fate;
    unsigned copies; /* that have arrived */
    bool overtaken;  /* by one that left later */
    bool esp, response, again;
    size_t octets;
    char what[72]; /* "IKE_AUTH request 1" */
    char why[24];  /* it was lost, as the recording has it */
};

struct datagrams {
    size_t count;
    struct datagram list[DATAGRAMS_MAX]; /* the newest first */
};

/* What a net:sent carries: "IKE_AUTH request 1", by the event that made it. */
void datagrams_name(struct trace_reader *reader, const struct trace_record *net,
                    struct datagram *datagram);

/* Reads them backwards from the cursor on, a bounded number of events. */
void datagrams_read(struct datagrams *datagrams, struct model *model);

#endif
