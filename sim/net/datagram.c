/* Datagrams: made, copied, harmed, freed. */
#include "sim/net/net_internal.h"

#include <stdlib.h>
#include <string.h>

struct net_datagram *net_datagram_new(struct net *net, struct net_path *path, size_t len)
{
    struct net_datagram *datagram = malloc(sizeof *datagram + len);
    if (!datagram) {
        abort();
    }
    *datagram = (struct net_datagram){.net = net, .path = path, .copy = 1, .copies = 1, .len = len};
    return datagram;
}

void net_datagram_free(struct net_datagram *datagram)
{
    if (!datagram) {
        return;
    }
    if (datagram->net->watch.gone) {
        datagram->net->watch.gone(datagram->net->watch.context, datagram);
    }
    free(datagram->header);
    free(datagram);
}

void net_datagram_set_header(struct net_datagram *datagram, const uint8_t *header, size_t len)
{
    datagram->header = sim_calloc(len, 1);
    datagram->header_len = len;
    memcpy(datagram->header, header, len);
}

static struct net_datagram *clone(const struct net_datagram *datagram)
{
    struct net_datagram *copy = net_datagram_new(datagram->net, datagram->path, datagram->len);
    memcpy(copy, datagram, sizeof *datagram + datagram->len);
    copy->foreseen = false;
    copy->header = NULL;
    copy->header_len = 0;
    if (datagram->header) {
        net_datagram_set_header(copy, datagram->header, datagram->header_len);
    }
    return copy;
}

struct net_datagram *net_datagram_copy(const struct net_datagram *datagram, bool same)
{
    struct net *net = datagram->net;
    struct net_datagram *copy = clone(datagram);
    if (!same) {
        copy->inner_identity = 0;
        copy->message_identity = 0;
    } else if (net->watch.duplicated) {
        net->watch.duplicated(net->watch.context, copy);
    }
    return copy;
}

void net_datagram_drop(struct sim_event *event)
{
    net_datagram_free((struct net_datagram *)event);
}

struct net_datagram *net_datagram_duplicate(struct net_datagram *datagram, uint64_t now)
{
    struct net *net = datagram->net;
    struct net_datagram *copy = clone(datagram);
    copy->copy += datagram->copies;
    copy->copies = datagram->copies *= 2;
    trace_recorder_emit(net->recorder, datagram->path->channel, now, datagram->sent,
                        TRACE_NET_DUPLICATED_EVENT,
                        &(struct trace_net_duplicated){
                            .datagram = copy->number, .copy = copy->copy, .of = datagram->copy});
    if (net->watch.duplicated) {
        net->watch.duplicated(net->watch.context, copy);
    }
    return copy;
}

void net_datagram_corrupt(struct net_datagram *datagram, uint64_t now, uint64_t bit)
{
    struct net *net = datagram->net;
    datagram->bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
    datagram->corrupted = true;
    trace_recorder_emit(net->recorder, datagram->path->channel, now, datagram->sent,
                        TRACE_NET_CORRUPTED_EVENT,
                        &(struct trace_net_corrupted){
                            .datagram = datagram->number, .copy = datagram->copy, .bit = bit});
    if (net->watch.corrupted) {
        net->watch.corrupted(net->watch.context, datagram);
    }
}
