/* Beside a lifeline: addresses, and what stands on the way. */
#include <inttypes.h>
#include <string.h>

#include "ui/term/ladder.h"
#include "ui/term/words.h"

bool ladder_is_sealed(const char *exchange)
{
    return !exchange || strcmp(exchange, "IKE_SA_INIT") != 0;
}

/* Before sealing: a fault of the sender, which no ICV can show. */
static void note_edit(struct words *words, bool sealed, const char *where, uint64_t octet,
                      const struct trace_bytes *before, const struct trace_bytes *after)
{
    words_add(words, "faulty sender%s: %s%soctet %" PRIu64, sealed ? ", before sealing" : "",
              where ? where : "", where ? ", " : "", octet);
    if (after->len == 0) {
        words_add(words, ": there is none");
        return;
    }
    words_add(words, ": ");
    words_octets(words, before);
    words_add(words, " → ");
    words_octets(words, after);
}

/* Addresses of the two ends. */
static char *note_addresses(const struct trace_record *record, enum ladder_mark *mark)
{
    struct words words = {0};
    switch (record->kind) {
    case TRACE_NET_TRANSLATED_EVENT: {
        const struct trace_net_translated *data = record->data;
        if (data->bytes.len) {
            words_add(&words, "NAT %s: ICMP %s → %s", words_or_none(data->nat),
                      words_or_none(data->source), words_or_none(data->destination));
            break;
        }
        words_add(&words, "NAT %s: %s:%" PRIu64 " → %s:%" PRIu64, words_or_none(data->nat),
                  words_or_none(data->source), data->source_port, words_or_none(data->destination),
                  data->destination_port);
        break;
    }
    case TRACE_IKE_NAT_DETECTED_EVENT: {
        const struct trace_ike_nat_detected *data = record->data;
        words_add(&words, "%s",
                  data->here && data->there ? "NAT: both ends are behind one"
                  : data->here              ? "NAT: this end is behind one"
                  : data->there             ? "NAT: the peer is behind one"
                  : data->pretended         ? "no NAT, but one is pretended"
                                            : "no NAT");
        break;
    }
    case TRACE_IKE_ADDRESS_CHANGED_EVENT: {
        const struct trace_ike_address_changed *data = record->data;
        *mark = LADDER_MARK_STATE;
        words_add(&words, "from now on %s → %s", words_or_none(data->local),
                  words_or_none(data->remote));
        break;
    }
    case TRACE_IKE_PEER_ADDRESSES_EVENT: {
        const struct trace_ike_peer_addresses *data = record->data;
        *mark = LADDER_MARK_STATE;
        words_add(&words, "the peer %s%s", data->addresses[0] ? "is at " : "has no other address",
                  data->addresses[0] ? data->addresses : "");
        words_add(&words, "%s", data->addresses[0] ? " too" : "");
        break;
    }
    default:
        break;
    }
    return words.data;
}

char *ladder_note_net(const struct trace_record *record, enum ladder_mark *mark)
{
    struct words words = {0};
    char *addresses = note_addresses(record, mark);
    if (addresses) {
        return addresses;
    }
    switch (record->kind) {
    case TRACE_NET_CORRUPTED_EVENT: {
        const struct trace_net_corrupted *data = record->data;
        *mark = LADDER_MARK_BAD;
        words_add(&words, "bit %" PRIu64 " is turned on the link", data->bit);
        break;
    }
    case TRACE_IKE_EDITED_EVENT: {
        const struct trace_ike_edited *data = record->data;
        *mark = LADDER_MARK_BAD;
        note_edit(&words, ladder_is_sealed(data->exchange), data->payload, data->octet,
                  &data->before, &data->after);
        break;
    }
    case TRACE_ESP_EDITED_EVENT: {
        const struct trace_esp_edited *data = record->data;
        *mark = LADDER_MARK_BAD;
        note_edit(&words, true, data->protocol, data->octet, &data->before, &data->after);
        break;
    }
    case TRACE_ATTACK_ACTED_EVENT: {
        const struct trace_attack_acted *data = record->data;
        *mark = LADDER_MARK_BAD;
        words_add(&words, "%s has %s: %s", words_or_none(data->attacker), words_or_none(data->what),
                  words_or_none(data->detail));
        break;
    }
    case TRACE_HOST_MOVED_EVENT: {
        const struct trace_host_moved *data = record->data;
        *mark = LADDER_MARK_STATE;
        words_add(&words, "moves to %s", words_or_none(data->to));
        if (data->behind) {
            words_add(&words, " behind %s", data->behind);
        }
        break;
    }
    case TRACE_IKE_COMPLAINT_EVENT: {
        const struct trace_ike_complaint *data = record->data;
        bool self = data->by && strcmp(data->by, "self") == 0;
        *mark = LADDER_MARK_BAD;
        words_add(&words, "%s: %s%s%s%s", words_or_none(data->notify), words_or_none(data->about),
                  data->child ? " of " : "", data->child ? data->child : "",
                  self ? "" : ", says the peer");
        break;
    }
    case TRACE_IKE_UNREACHABLE_EVENT: {
        const struct trace_ike_unreachable *data = record->data;
        words_add(&words, "%s: a hint", words_or_none(data->what));
        break;
    }
    case TRACE_IKE_CONFIG_EVENT: {
        const struct trace_ike_config *data = record->data;
        words_add(&words, "%s %s", words_or_none(data->addresses), words_or_none(data->what));
        if (data->dns) {
            words_add(&words, ", DNS %s", data->dns);
        }
        if (data->subnets) {
            words_add(&words, ", behind it %s", data->subnets);
        }
        break;
    }
    default:
        break;
    }
    return words.data;
}
