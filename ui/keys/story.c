#include "ui/keys/story.h"

#include <stdlib.h>
#include <string.h>

#include "ui/memory.h"

#define KIND(kind) TRACE_KINDS_OF(kind)

enum { PORT_NAT_T = 4500, MARKER_LEN = 4 };

static int side_of(const struct keys_story *story, const struct trace_scope *scope)
{
    return strcmp(scope->host, story->host[0]) == 0 ? 0 : 1;
}

/* Words of a recording may be absent. */
static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* A copy of the record's data that lives as long as the story. */
static const void *keep_data(struct keys_story *story, const struct trace_record *record)
{
    return keys_keep(&story->pool, trace_data_clone(record->kind, record->data));
}

/* The bytes that a net:sent carries for IKE: on port 4500 the non-ESP marker is not part of the
 * message (RFC 3948 §2.2). */
static struct crypto_bytes ike_bytes(const struct trace_net_sent *sent)
{
    struct crypto_bytes bytes = crypto_bytes(sent->bytes.data, sent->bytes.len);
    static const uint8_t marker[MARKER_LEN];

    if ((sent->source_port == PORT_NAT_T || sent->destination_port == PORT_NAT_T) &&
        bytes.len >= MARKER_LEN && memcmp(bytes.data, marker, MARKER_LEN) == 0) {
        return crypto_bytes(bytes.data + MARKER_LEN, bytes.len - MARKER_LEN);
    }
    return bytes;
}

int keys_sa_initiator(const struct keys_sa *sa)
{
    return is(sa->keys->role, "initiator") ? sa->side : 1 - sa->side;
}

const struct keys_sa *keys_sa_before(const struct keys_story *story, const struct keys_sa *sa)
{
    for (size_t i = 0; i < story->event_count; i++) {
        const struct trace_ike_sa_rekeyed *rekeyed = story->events[i].data;
        if (story->events[i].kind != TRACE_IKE_SA_REKEYED_EVENT ||
            rekeyed->spi_i != sa->keys->spi_i || rekeyed->spi_r != sa->keys->spi_r) {
            continue;
        }
        /* The last that it had: IKE_INTERMEDIATE gives it others each time. */
        for (size_t j = story->sa_count; j-- > 0;) {
            const struct trace_ike_keys_derived *keys = story->sas[j].keys;
            if (keys->spi_i == rekeyed->old_spi_i && keys->spi_r == rekeyed->old_spi_r) {
                return &story->sas[j];
            }
        }
    }
    return keys_sa_updated(story, sa);
}

const struct keys_sa *keys_sa_updated(const struct keys_story *story, const struct keys_sa *sa)
{
    const struct keys_sa *before = NULL;

    for (const struct keys_sa *other = story->sas; other < sa; other++) {
        if (other->keys->spi_i == sa->keys->spi_i && other->keys->spi_r == sa->keys->spi_r) {
            before = other;
        }
    }
    return before;
}

bool keys_sa_is_last(const struct keys_story *story, const struct keys_sa *sa)
{
    for (const struct keys_sa *other = sa + 1; other < story->sas + story->sa_count; other++) {
        if (other->keys->spi_i == sa->keys->spi_i && other->keys->spi_r == sa->keys->spi_r) {
            return false;
        }
    }
    return true;
}

int keys_child_initiator(const struct keys_child *child)
{
    return is(child->keys->role, "initiator") ? child->side : 1 - child->side;
}

/* The next event of one of the kinds that the story may know of; UINT64_MAX if there is none. */
static uint64_t next_event(const struct keys_story *story, struct trace_reader *reader, uint64_t at,
                           trace_kinds kinds)
{
    at = trace_reader_step(reader, at, 1, kinds, story->host[0], story->host[1]);
    return at > story->last ? UINT64_MAX : at;
}

/* The datagram that carries what the event `ordinal` sends; NULL if none does. */
static const struct trace_net_sent *datagram_of(struct keys_story *story,
                                                struct trace_reader *reader, uint64_t ordinal,
                                                struct trace_ref cause)
{
    uint64_t at = ordinal;

    while ((at = next_event(story, reader, at, KIND(TRACE_NET_SENT_EVENT))) != UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(reader, at);
        if (record && record->cause.scope == cause.scope && record->cause.n == cause.n) {
            return keep_data(story, record);
        }
    }
    return NULL;
}

static void add_message(struct keys_story *story, struct trace_reader *reader, uint64_t at,
                        const struct trace_record *record)
{
    const struct trace_ike_message_sent *sent = record->data;
    struct trace_ref id = record->id;

    if (sent->transmission != 1 || is(sent->exchange, "INFORMATIONAL")) {
        return;
    }
    struct keys_message message = {side_of(story, id.scope), keep_data(story, record), {0}};
    const struct trace_net_sent *datagram = datagram_of(story, reader, at, id);
    if (datagram) {
        message.bytes = ike_bytes(datagram);
    }
    UI_GROW(story->messages, story->message_count, story->message_cap);
    story->messages[story->message_count++] = message;
}

static void add_sa(struct keys_story *story, int side, const struct trace_ike_keys_derived *keys)
{
    for (size_t i = 0; i < story->sa_count; i++) {
        struct keys_sa *sa = &story->sas[i];
        if (sa->side != side && !sa->other && sa->keys->spi_i == keys->spi_i &&
            sa->keys->spi_r == keys->spi_r) {
            if (is(keys->role, "initiator")) {
                *sa = (struct keys_sa){side, keys, sa->keys};
            } else {
                sa->other = keys;
            }
            return;
        }
    }
    UI_GROW(story->sas, story->sa_count, story->sa_cap);
    story->sas[story->sa_count++] = (struct keys_sa){side, keys, NULL};
}

/* The first packet of the CHILD SA in either direction: one that the exchange's initiator sends, if
 * there is any. */
static void find_packet(struct keys_story *story, struct trace_reader *reader, uint64_t ordinal,
                        struct keys_child *child)
{
    uint64_t at = ordinal, found = UINT64_MAX;
    int initiator = keys_child_initiator(child);

    while ((at = next_event(story, reader, at, KIND(TRACE_ESP_SENT_EVENT))) != UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(reader, at);
        if (!record) {
            continue;
        }
        const struct trace_esp_sent *sent = record->data;
        int side = side_of(story, record->id.scope);
        uint32_t spi = side == child->side ? child->keys->spi_out : child->keys->spi_in;
        if (sent->spi != spi || (found != UINT64_MAX && side != initiator)) {
            continue;
        }
        found = at;
        if (side == initiator) {
            break;
        }
    }
    const struct trace_record *record =
        found == UINT64_MAX ? NULL : trace_reader_get(reader, found);
    if (!record) {
        return;
    }
    struct trace_ref id = record->id;
    child->packet_side = side_of(story, id.scope);
    child->packet = keep_data(story, record);
    const struct trace_net_sent *datagram = datagram_of(story, reader, found, id);
    if (datagram) {
        child->packet_bytes = crypto_bytes(datagram->bytes.data, datagram->bytes.len);
        child->packet_header = crypto_bytes(datagram->header.data, datagram->header.len);
    }
}

static void add_child(struct keys_story *story, struct trace_reader *reader, uint64_t at, int side,
                      const struct trace_ike_child_keys *keys)
{
    for (size_t i = 0; i < story->child_count; i++) {
        struct keys_child *child = &story->children[i];
        if (child->side != side && !child->both && child->keys->spi_i == keys->spi_i &&
            child->keys->spi_in == keys->spi_out && child->keys->spi_out == keys->spi_in) {
            child->both = true;
            if (is(keys->role, "initiator")) {
                child->side = side;
                child->keys = keys;
            }
            return;
        }
    }
    UI_GROW(story->children, story->child_count, story->child_cap);
    struct keys_child *child = &story->children[story->child_count++];
    *child = (struct keys_child){.side = side, .keys = keys};
    find_packet(story, reader, at, child);
}

static void add_event(struct keys_story *story, const struct trace_record *record)
{
    UI_GROW(story->events, story->event_count, story->event_cap);
    story->events[story->event_count++] = (struct keys_event){
        side_of(story, record->id.scope), record->kind, keep_data(story, record)};
}

struct keys_story *keys_story_read(struct trace_reader *reader, const char *a, const char *b,
                                   uint64_t last)
{
    struct keys_story *story = ui_alloc_zero(sizeof *story);
    trace_kinds kinds = KIND(TRACE_IKE_MESSAGE_SENT_EVENT) | KIND(TRACE_IKE_KEY_PAIR_EVENT) |
                        KIND(TRACE_IKE_PROPOSAL_CHOSEN_EVENT) | KIND(TRACE_IKE_KEYS_DERIVED_EVENT) |
                        KIND(TRACE_IKE_AUTH_COMPUTED_EVENT) | KIND(TRACE_IKE_PPK_EVENT) |
                        KIND(TRACE_IKE_SA_REKEYED_EVENT) | KIND(TRACE_IKE_CHILD_KEYS_EVENT) |
                        KIND(TRACE_IKE_FOLLOWUP_EVENT) | KIND(TRACE_IKE_TICKET_EVENT) |
                        KIND(TRACE_ATTACK_ACTED_EVENT);
    uint64_t at = 0; /* run:begin is no event of theirs */

    story->host[0] = keys_print(&story->pool, "%s", a);
    story->host[1] = keys_print(&story->pool, "%s", b);
    story->last = last;
    while ((at = next_event(story, reader, at, kinds)) != UINT64_MAX) {
        const struct trace_record *record = trace_reader_get(reader, at);
        if (!record) {
            continue;
        }
        int side = side_of(story, record->id.scope);
        switch (record->kind) {
        case TRACE_IKE_MESSAGE_SENT_EVENT:
            add_message(story, reader, at, record);
            break;
        case TRACE_IKE_KEYS_DERIVED_EVENT:
            add_sa(story, side, keep_data(story, record));
            break;
        case TRACE_IKE_CHILD_KEYS_EVENT:
            add_child(story, reader, at, side, keep_data(story, record));
            break;
        default:
            add_event(story, record);
            break;
        }
    }
    return story;
}

void keys_story_free(struct keys_story *story)
{
    if (!story) {
        return;
    }
    keys_pool_dispose(&story->pool);
    free(story->events);
    free(story->messages);
    free(story->sas);
    free(story->children);
    free(story);
}
