/* Of an export: what becomes of one datagram, and how each of its copies looks by now. */
#ifndef IKESIM_TRACE_EXPORT_DATAGRAM_H
#define IKESIM_TRACE_EXPORT_DATAGRAM_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/internal.h"

/* What the recording says that happens to a copy of it, in the order of the lines. */
struct export_fate {
    uint64_t time, copy;
    bool overtaken;
    char *text; /* how it was changed or lost; NULL: it arrived */
};

/* A copy that is no longer as it was sent: NATs give it other addresses, others other octets. */
struct export_guise {
    uint64_t copy;
    char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
    uint64_t source_port, destination_port;
    struct trace_buffer bytes;
};

/* One net:sent. */
struct export_datagram {
    uint64_t ordinal; /* of the net:sent */
    uint64_t cause;   /* ordinal of the ike:message_sent or esp:sent; UINT64_MAX if not recorded */
    uint64_t frame;   /* number of its packet in the file, from 1; 0 if not yet written */
    bool ended;       /* some copy has arrived, or was lost */
    size_t fate_count, guise_count;
    struct export_fate *fates;
    struct export_guise *guises;
};

/* Takes note of net:lost, net:corrupted, net:delivered, or attack:acted that is about it. */
void export_datagram_note(struct export_datagram *datagram, const struct trace_record *record);

/* Follows net:translated, net:duplicated, net:corrupted, or attack:acted that is about it; `sent`
 * is its net:sent. */
void export_datagram_follow(struct export_datagram *datagram, const struct trace_net_sent *sent,
                            const struct trace_record *record);

/* Its net:sent as if that copy had been sent as it is by now; what it points to lives until the
 * next event is followed. */
struct trace_net_sent export_datagram_seen(const struct export_datagram *datagram,
                                           const struct trace_net_sent *sent, uint64_t copy);

/* Frees what it has, not the datagram itself. */
void export_datagram_clear(struct export_datagram *datagram);

#endif
