/* Addresses, NATs and who else stands on the way, in plain words. */
#include <inttypes.h>
#include <string.h>

#include "ui/term/explain.h"
#include "ui/term/ladder.h"

static void explain_detected(struct explain *e, const struct trace_ike_nat_detected *data)
{
    if (data->here || data->there) {
        words_add(&e->words,
                  "The hash of NAT_DETECTION_%s_IP is not that of the address that the message "
                  "%s, %s: somebody has changed it on the way. %s is behind a NAT; all goes over "
                  "port 4500 from IKE_AUTH on, and ESP inside of UDP. RFC 7296 §2.23",
                  data->there ? "SOURCE" : "DESTINATION", data->there ? "came from" : "came to",
                  explain_text(data->there ? data->source : data->destination),
                  data->here && data->there ? "Each end"
                  : data->there             ? e->peer
                                            : e->host);
    } else {
        words_add(&e->words,
                  "Both hashes of NAT_DETECTION_*_IP are those of the addresses that the message "
                  "came with: there is no NAT%s. RFC 7296 §2.23",
                  data->pretended ? ", but this end has its peer believe in one"
                                  : ", and all stays on port 500 and plain ESP");
    }
}

static void explain_changed(struct explain *e, const struct trace_ike_address_changed *data)
{
    const char *what = explain_text(data->what);
    if (strcmp(what, "nat") == 0) {
        words_add(&e->words,
                  "There is a NAT, so %s goes on from port 4500 to port 4500, which NATs do not "
                  "treat specially. RFC 7296 §2.23",
                  e->host);
    } else if (strcmp(what, "moved") == 0) {
        words_add(&e->words,
                  "%s itself is elsewhere, so the IKE SA and its %" PRIu64 " CHILD SAs go out from "
                  "%s instead of %s. A peer with MOBIKE is told: the initiator in "
                  "UPDATE_SA_ADDRESSES, the responder with a list of its addresses, for it is the "
                  "initiator that decides. RFC 4555 §3.5, §3.6",
                  e->host, data->children, explain_text(data->local),
                  explain_text(data->local_before));
    } else if (strcmp(what, "unanswered") == 0) {
        words_add(&e->words,
                  "What %s sends is not answered, and %s has told of another address: the request "
                  "goes to %s now instead of %s, and UPDATE_SA_ADDRESSES behind it if there is an "
                  "answer. RFC 4555 §3.5, §3.12",
                  e->host, e->peer, explain_text(data->remote), explain_text(data->remote_before));
    } else if (strcmp(what, "mobike") == 0) {
        words_add(&e->words,
                  "The IKE SA and its %" PRIu64 " CHILD SAs go on between %s and %s; before it was "
                  "%s and %s. No key changes. RFC 4555 §3.5",
                  data->children, explain_text(data->local), explain_text(data->remote),
                  explain_text(data->local_before), explain_text(data->remote_before));
    } else {
        words_add(
            &e->words,
            "An authentic and new %s of %s came from %s instead of %s, so its NAT has changed "
            "the mapping: %s sends there from now on. A replayed or forged one would not be "
            "followed. RFC 7296 §2.23",
            strcmp(what, "packet") == 0 ? "ESP packet" : "IKE message", e->peer,
            explain_text(data->remote), explain_text(data->remote_before), e->host);
    }
}

static void explain_addresses(struct explain *e, const struct trace_ike_peer_addresses *data)
{
    const char *addresses = explain_text(data->addresses);
    if (addresses[0]) {
        words_add(&e->words,
                  "%s has further addresses: %s. The list takes the place of the one before; %s "
                  "tries them when the one in use does not answer. RFC 4555 §3.4, §3.6",
                  e->peer, addresses, e->host);
    } else {
        words_add(&e->words,
                  "%s has no other address than the one that the message came from; what it told "
                  "of before holds no longer. RFC 4555 §3.6",
                  e->peer);
    }
}

/* What one in the middle does, who is an end of two IKE SAs. False if it is another's doing. */
static bool explain_middle(struct explain *e, const struct trace_attack_acted *data)
{
    static const struct {
        const char *what, *words;
    } all[] = {
        {"read", "It has the keys of this IKE SA, for it is the other end of it: whoever answers "
                 "an IKE_SA_INIT can read IKE_AUTH. RFC 7296 §1.2, §2.14"},
        {"agreed", "A key exchange alone keeps out who listens, and not who takes part: it "
                   "says with whom one shares a secret of nobody. AUTH is there for that, and "
                   "covers the public values. RFC 7296 §2.15, §5"},
        {"sent", "It is a message of an IKE of the attacker's own, with keys of its own; its "
                 "addresses are those of the host that it imitates."},
        {"failed", "AUTH covers the message that the other end has really sent, and the attacker "
                   "has put its own in its place: without the secret or the private key there is "
                   "no way to make one that fits. What the initiator has shown by then, its name "
                   "and an AUTH of the shared key, stays with the attacker. RFC 7296 §2.15, §5"},
        {"deceived", "AUTH proves who has the secret, and not more: with a stolen one the "
                     "attacker is whom it says it is, for all that an end can see. RFC 7296 §2.15"},
        {"changed", "It has opened the packet with the keys of one tunnel and seals it with those "
                    "of the other: its receiver finds it authentic. RFC 4303 §3.4.4.1"},
    };
    for (size_t i = 0; data->what && i < sizeof all / sizeof *all; i++) {
        if (strcmp(data->what, all[i].what) == 0) {
            words_add(&e->words, "%s stands between %s and %s, and has %s: %s. %s",
                      explain_text(data->attacker), e->host, e->peer, data->what,
                      explain_text(data->detail), all[i].words);
            return true;
        }
    }
    return false;
}

/* By which of the two faults it is: what a key holder sends wrongly is authentic. */
static void explain_edited(struct explain *e, const struct trace_ike_edited *data)
{
    words_add(&e->words, "%s is a faulty sender here: in its %s %s %" PRIu64 ", ", e->host,
              explain_text(data->exchange), data->response ? "response" : "request",
              data->message_id);
    if (data->payload) {
        words_add(&e->words, "payload %s, ", data->payload);
    }
    words_add(&e->words, "octet %" PRIu64, data->octet);
    if (data->after.len == 0) {
        words_add(&e->words, " was to be another, but there is none. The message stays as it was.");
        return;
    }
    words_add(&e->words, " and on it writes ");
    words_octets(&e->words, &data->after);
    words_add(&e->words, " over ");
    words_octets(&e->words, &data->before);
    if (!ladder_is_sealed(data->exchange)) {
        words_add(&e->words,
                  ". There is no ICV yet. %s goes on with what it meant, %s with what it reads: "
                  "where that goes into the keys, neither can open what the other seals. RFC 7296 "
                  "§1.2, §2.14",
                  e->host, e->peer);
        return;
    }
    words_add(&e->words,
              ", before it seals. So the ICV is right, and %s has to see from the fields "
              "alone that something is wrong. RFC 7296 §2.21",
              e->peer);
}

/* Who complains, and about what. */
static void explain_complaint(struct explain *e, const struct trace_ike_complaint *data)
{
    bool self = strcmp(explain_text(data->by), "self") == 0;
    const char *notify = explain_text(data->notify), *about = explain_text(data->about);
    words_add(&e->words, "%s tells %s of %s: ", self ? e->host : e->peer, self ? e->peer : e->host,
              about);
    if (strcmp(notify, "INVALID_SELECTORS") == 0) {
        words_add(&e->words,
                  "a packet of that CHILD SA was authentic, and inside was another address or port "
                  "than its selectors have. It was dropped; the two ends may not mean the same by "
                  "the SA. RFC 7296 §3.10.1, RFC 4301 §5.2");
    } else if (strcmp(notify, "INVALID_SPI") == 0) {
        words_add(&e->words,
                  "a packet came with an SPI of which there is no SA (any more). Nothing changes "
                  "for it. RFC 7296 §1.5");
    } else {
        words_add(&e->words,
                  "a request came with a Message ID above the window, authentic, and stays "
                  "unanswered: the ends have lost count. RFC 7296 §2.3");
    }
}

/* What NAT boxes do, and what the ends see of it. */
static void explain_nat(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_NET_TRANSLATED_EVENT: {
        const struct trace_net_translated *data = record->data;
        if (data->bytes.len) {
            words_add(&e->words,
                      "NAT box %s passes an ICMP error on, from %s to %s. Of the datagram that it "
                      "quotes it gives the address and port on its own side as they are on the "
                      "other one: the sender would not know its own otherwise. RFC 5508 §4",
                      explain_text(data->nat), explain_text(data->source),
                      explain_text(data->destination));
            break;
        }
        words_add(&e->words,
                  "NAT box %s gives the datagram other addresses: from now on it goes from "
                  "%s:%" PRIu64 " to %s:%" PRIu64 ". RFC 4787 §4",
                  explain_text(data->nat), explain_text(data->source), data->source_port,
                  explain_text(data->destination), data->destination_port);
        break;
    }
    case TRACE_NAT_MAPPING_EVENT: {
        const struct trace_nat_mapping *data = record->data;
        words_add(&e->words, "%s: mapping of %s inside to %s outside: %s. RFC 4787 §4", e->host,
                  explain_text(data->inside), explain_text(data->outside),
                  explain_text(data->what));
        break;
    }
    case TRACE_IKE_NAT_DETECTED_EVENT:
        explain_detected(e, record->data);
        break;
    case TRACE_IKE_PEER_ADDRESSES_EVENT:
        explain_addresses(e, record->data);
        break;
    case TRACE_IKE_ADDRESS_CHANGED_EVENT:
        explain_changed(e, record->data);
        break;
    default:
        break;
    }
}

/* What links do, and who sits on them. */
static void explain_link(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_NET_QUEUED_EVENT: {
        const struct trace_net_queued *data = record->data;
        char time[WORDS_TIME_MAX];
        words_add(&e->words,
                  "The link from %s to %s is busy: the datagram waits %s, with %" PRIu64
                  " others in a queue that holds %" PRIu64 ". What finds it full is lost.",
                  e->host, e->peer, words_duration(data->wait, time), data->waiting - 1,
                  data->limit);
        break;
    }
    case TRACE_IKE_EDITED_EVENT:
        explain_edited(e, record->data);
        break;
    case TRACE_ATTACK_ACTED_EVENT: {
        const struct trace_attack_acted *data = record->data;
        if (explain_middle(e, data)) {
            break;
        }
        words_add(
            &e->words,
            "%s sits on the link and has %s the datagram of %s: %s. It has no key; whether it "
            "gains anything, the receiver's next events tell. RFC 7296 §2.1, §5",
            explain_text(data->attacker), explain_text(data->what), e->host,
            explain_text(data->detail));
        break;
    }
    default:
        break;
    }
}

/* Where an end is, and how it stays in reach. */
static void explain_place(struct explain *e)
{
    const struct trace_record *record = e->record;
    switch (record->kind) {
    case TRACE_HOST_MOVED_EVENT: {
        const struct trace_host_moved *data = record->data;
        words_add(&e->words,
                  "%s has the address %s now instead of %s. What goes to the old one reaches "
                  "nobody; with MOBIKE it tells %s in UPDATE_SA_ADDRESSES. RFC 4555 §3.5",
                  e->host, explain_text(data->to), explain_text(data->from), e->peer);
        break;
    }
    case TRACE_IKE_CONFIG_EVENT: {
        const struct trace_ike_config *data = record->data;
        bool leased = strcmp(explain_text(data->what), "leased") == 0;
        words_add(&e->words,
                  leased
                      ? "%s takes %s out of its pool for %s, and says so in CP(CFG_REPLY): until "
                        "the IKE SA ends, it is reached there through the tunnel. RFC 7296 §2.19"
                      : "%s has %s inside of the tunnel to %s from now on: its traffic selectors "
                        "are narrowed to that. RFC 7296 §2.19",
                  e->host, explain_text(data->addresses), e->peer);
        if (data->dns) {
            words_add(&e->words,
                      " Names are to be resolved by %s: nobody does that here. RFC 7296 §3.15.1",
                      data->dns);
        }
        if (data->subnets) {
            words_add(&e->words,
                      " Behind the one that leases are %s; which packets go through the tunnel the "
                      "traffic selectors say. RFC 7296 §3.15.2",
                      data->subnets);
        }
        break;
    }
    case TRACE_IKE_COMPLAINT_EVENT:
        explain_complaint(e, record->data);
        break;
    case TRACE_IKE_UNREACHABLE_EVENT: {
        const struct trace_ike_unreachable *data = record->data;
        words_add(&e->words,
                  "An ICMP error in the name of %s says: %s. Anybody could have sent it, so it is "
                  "a hint that something may be wrong and ends nothing: %s. RFC 7296 §2.4",
                  e->peer, explain_text(data->what), explain_text(data->outcome));
        break;
    }
    case TRACE_IKE_KEEPALIVE_EVENT: {
        const struct trace_ike_keepalive *data = record->data;
        char time[WORDS_TIME_MAX];
        words_add(&e->words,
                  "%s has sent nothing for %s: one octet 0xff keeps the NAT's mapping alive. "
                  "Nobody answers it, and it proves nothing. RFC 3948 §4",
                  e->host, words_duration(data->silent, time));
        break;
    }
    default:
        break;
    }
}

void explain_way(struct explain *e)
{
    explain_nat(e);
    explain_link(e);
    explain_place(e);
}
