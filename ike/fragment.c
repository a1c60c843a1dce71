#include "ike/fragment.h"

#include <assert.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/sent.h"
#include "ike/tell.h"

/* A piece of the contents. */
struct part {
    uint8_t *data; /* NULL: not there yet */
    uint16_t len;
};

/* A message of which not all fragments are there. */
struct ike_reassembly {
    struct ike_reassembly *next;
    uint32_t message_id;
    uint32_t generation; /* of its timer */
    bool response;
    uint8_t first_payload; /* Next Payload of fragment 1 */
    uint8_t first_outer;   /* the same of its IKE header, as the whole message has it */
    uint8_t sk_flags;      /* C and RESERVED of its SKF */
    struct part front;     /* its payloads before SKF (§2.5.3), as the whole message has them */
    uint64_t first_hash;   /* of fragment 1 as it came */
    size_t octets;         /* of contents so far */
    uint16_t total, have;
    struct part parts[];
};

bool ike_fragments_announced(const struct ike_policy *policy)
{
    return policy->fragmentation != IKE_FRAGMENTATION_NO;
}

size_t ike_fragment_limit(const struct ike_endpoint *endpoint, const struct ike_sa *sa)
{
    const struct ike_policy *policy = endpoint->policy;
    bool v4 = sa->remote.family == 4;
    /* RFC 7383 §2.5.1 recommends these. */
    size_t datagram = policy->fragment_size ? policy->fragment_size : v4 ? 576 : 1280;
    size_t headers = (v4 ? 20u : 40u) + 8u + (sa->remote.port == IKE_PORT_NAT_T ? 4u : 0u);

    if (!sa->fragments || policy->fragmentation == IKE_FRAGMENTATION_ACCEPT) {
        return 0;
    }
    return datagram - headers;
}

/* ---- the store ---- */

static size_t size_of(uint16_t total)
{
    return sizeof(struct ike_reassembly) + total * sizeof(struct part);
}

static struct ike_reassembly **find(struct ike_sa *sa, bool response, uint32_t message_id)
{
    struct ike_reassembly **at = &sa->reassemblies;

    while (*at && ((*at)->response != response || (*at)->message_id != message_id)) {
        at = &(*at)->next;
    }
    return at;
}

/* Of all unfinished messages, of which there are few. */
static size_t octets_of(const struct ike_sa *sa)
{
    size_t sum = 0;

    for (const struct ike_reassembly *r = sa->reassemblies; r; r = r->next) {
        sum += size_of(r->total) + r->octets;
    }
    return sum;
}

static void discard(struct ike_endpoint *endpoint, struct ike_reassembly **at)
{
    struct ike_reassembly *reassembly = *at;

    *at = reassembly->next;
    for (uint16_t i = 0; i < reassembly->total; i++) {
        if (reassembly->parts[i].data) {
            crypto_wipe(reassembly->parts[i].data, reassembly->parts[i].len);
        }
        ike_give(endpoint, reassembly->parts[i].data, reassembly->parts[i].len);
    }
    ike_give(endpoint, reassembly->front.data, reassembly->front.len);
    ike_give(endpoint, reassembly, size_of(reassembly->total));
}

/* The same time that we would wait for an answer (§2.6). */
static uint64_t timeout_of(const struct ike_policy *policy)
{
    uint64_t delay = policy->retransmit_timeout, sum = delay;

    for (uint32_t i = 0; i < policy->retransmit_tries && sum < UINT64_MAX / 4; i++) {
        delay = ike_retransmit_next_delay(policy, delay);
        sum += delay;
    }
    return sum;
}

static void begin(struct ike_call *call, struct ike_sa *sa, uint16_t total)
{
    struct ike_reassembly *reassembly = ike_take(call->endpoint, size_of(total));

    reassembly->message_id = call->message.header.message_id;
    reassembly->response = call->message.header.response;
    reassembly->total = total;
    reassembly->generation = ++sa->reassembly_count;
    reassembly->next = sa->reassemblies;
    sa->reassemblies = reassembly;
    ike_actions_timer(call->actions, sa->id, IKE_TIMER_REASSEMBLY, reassembly->generation,
                      timeout_of(call->endpoint->policy));
}

/* ---- what comes in ---- */

static void drop(struct ike_call *call, const char *reason, const char *detail)
{
    ike_tell_dropped(call, &call->message.header, reason, detail, (struct trace_ref){0});
}

/* §2.6: what can be seen without keys. */
static bool is_wanted(struct ike_call *call, const struct ike_reassembly *reassembly,
                      const struct ike_payload *skf)
{
    if (skf->skf.total > IKE_FRAGMENTS_MAX) {
        drop(call, "limit", "more fragments than a message can need");
        return false;
    }
    if (reassembly && skf->skf.total < reassembly->total) {
        drop(call, "unexpected", "of fewer fragments in all than those that came before");
        return false;
    }
    if (reassembly && skf->skf.total == reassembly->total &&
        reassembly->parts[skf->skf.number - 1].data) {
        drop(call, "duplicate", "this fragment is there already");
        return false;
    }
    return true;
}

/* Decrypts into call->plain; false if it was dropped. */
static bool open_fragment(struct ike_call *call, const struct ike_sa *sa,
                          struct crypto_bytes *content)
{
    struct crypto_packet_key key;
    enum ike_open_result result;

    ike_sa_message_key(sa, false, &key);
    result = ike_message_open_fragment(&call->message, call->endpoint->crypto, &key, call->plain,
                                       content, call->costs, &call->error);
    crypto_wipe(&key, sizeof(key));
    if (result == IKE_OPEN_OK) {
        return true;
    }
    drop(call, result == IKE_OPEN_BAD_ICV ? "bad_icv" : "malformed", call->error.text);
    return false;
}

/* Octets before the SKF payload and behind the IKE header. */
static size_t front_len(const struct ike_payload *skf)
{
    return skf->offset - IKE_HEADER_LEN;
}

/* Of the first fragment, what is not in SKF: the whole message would have SK there. */
static void keep_front(struct ike_call *call, struct ike_reassembly *reassembly,
                       const struct ike_payload *skf)
{
    const struct ike_message *message = &call->message;
    struct part *front = &reassembly->front;

    reassembly->first_payload = message->bytes.data[skf->offset];
    reassembly->sk_flags = message->bytes.data[skf->offset + 1];
    reassembly->first_outer = IKE_PAYLOAD_SK;
    reassembly->first_hash = ike_call_datagram_hash(call);
    if (message->outer_count > 1) {
        const struct ike_payload *last = &message->payloads[message->outer_count - 2];

        reassembly->first_outer = message->header.next_payload;
        front->len = (uint16_t)front_len(skf);
        front->data = ike_take(call->endpoint, front->len);
        memcpy(front->data, message->bytes.data + IKE_HEADER_LEN, front->len);
        front->data[last->offset - IKE_HEADER_LEN] = IKE_PAYLOAD_SK;
        reassembly->octets += front->len;
    }
}

static void keep(struct ike_call *call, struct ike_reassembly *reassembly,
                 const struct ike_payload *skf, struct crypto_bytes content)
{
    struct part *part = &reassembly->parts[skf->skf.number - 1];

    part->len = (uint16_t)content.len;
    part->data = ike_take(call->endpoint, content.len);
    memcpy(part->data, content.data, content.len);
    reassembly->have++;
    reassembly->octets += content.len;
    if (skf->skf.number == 1) {
        keep_front(call, reassembly, skf);
    }
}

/* The parts, one behind the other, in call->plain, and behind them what was before SKF: all of it
 * is no more than IKE_REASSEMBLY_MAX. */
static struct crypto_bytes join(struct ike_call *call, const struct ike_reassembly *reassembly)
{
    size_t len = 0;

    for (uint16_t i = 0; i < reassembly->total; i++) {
        memcpy(call->plain + len, reassembly->parts[i].data, reassembly->parts[i].len);
        len += reassembly->parts[i].len;
    }
    call->message.first_outer = reassembly->first_outer;
    call->message.sk_flags = reassembly->sk_flags;
    call->message.front = crypto_bytes(call->plain + len, reassembly->front.len);
    if (reassembly->front.len > 0) {
        memcpy(call->plain + len, reassembly->front.data, reassembly->front.len);
    }
    return crypto_bytes(call->plain, len);
}

bool ike_fragment_take(struct ike_call *call, struct ike_sa *sa, bool *malformed)
{
    const struct ike_payload *skf = &call->message.payloads[call->message.outer_count - 1];
    const struct ike_header *header = &call->message.header;
    struct ike_reassembly **at = find(sa, header->response, header->message_id);
    struct crypto_bytes content;

    if (!is_wanted(call, *at, skf) || !open_fragment(call, sa, &content)) {
        return false;
    }
    /* Cut anew, smaller: the pieces of before fit no more (§2.5.2, §2.6). */
    if (*at && skf->skf.total > (*at)->total) {
        discard(call->endpoint, at);
    }
    at = find(sa, header->response, header->message_id);
    if (octets_of(sa) + front_len(skf) + content.len + (*at ? 0 : size_of(skf->skf.total)) >
        IKE_REASSEMBLY_MAX) {
        drop(call, "limit", "the fragments of unfinished messages are too many octets");
        return false;
    }
    if (!*at) {
        begin(call, sa, skf->skf.total);
        at = find(sa, header->response, header->message_id);
    }
    keep(call, *at, skf, content);
    sa->last_heard = call->now;
    ike_tell_fragment(call, sa, skf->skf.number, skf->skf.total, (*at)->have);
    if ((*at)->have < (*at)->total) {
        return false;
    }
    call->datagram_hash = (*at)->first_hash; /* of all it is 1 that is known again (§2.6.1) */
    content = join(call, *at);
    *malformed =
        ike_message_parse_joined(&call->message, content, (*at)->first_payload, &call->error) != 0;
    discard(call->endpoint, at);
    return true;
}

void ike_fragments_expire(struct ike_call *call, struct ike_sa *sa, uint32_t generation)
{
    for (struct ike_reassembly **at = &sa->reassemblies; *at; at = &(*at)->next) {
        if ((*at)->generation == generation) {
            discard(call->endpoint, at);
            return;
        }
    }
}

void ike_fragments_free(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    while (sa->reassemblies) {
        discard(endpoint, &sa->reassemblies);
    }
}
