#include "ui/learn/point.h"

#include <string.h>

#include "ui/learn/find.h"
#include "ui/term/secrets.h"

uint64_t learn_point_datagram(struct trace_reader *reader, uint64_t ordinal)
{
    const struct trace_record *record = trace_reader_get(reader, ordinal);
    const char *host = record->id.scope->host, *peer = record->id.scope->peer;
    if (record->kind == TRACE_NET_SENT_EVENT) {
        return ordinal;
    }
    if (record->kind == TRACE_IKE_MESSAGE_SENT_EVENT || record->kind == TRACE_ESP_SENT_EVENT ||
        record->kind == TRACE_IKE_KEEPALIVE_EVENT) {
        struct trace_ref id = record->id;
        uint64_t at = ordinal;
        while ((at = trace_reader_step(reader, at, 1, TRACE_KINDS_OF(TRACE_NET_SENT_EVENT), host,
                                       peer)) != UINT64_MAX) {
            struct trace_ref cause = trace_reader_get(reader, at)->cause;
            if (cause.scope == id.scope && cause.n == id.n) {
                return at;
            }
        }
        return UINT64_MAX;
    }
    uint64_t at = ordinal;
    for (int i = 0; i < 16; i++) { /* received <- delivered <- sent, and a few more */
        at = trace_reader_find(reader, trace_reader_get(reader, at)->cause);
        if (at == UINT64_MAX || trace_reader_kind(reader, at) == TRACE_NET_SENT_EVENT) {
            return at;
        }
    }
    return UINT64_MAX;
}

static const char *copy(struct arena *arena, const char *text)
{
    return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

static bool find_in_event(struct arena *arena, struct trace_reader *reader, uint64_t ordinal,
                          const char *name, struct learn_point *point)
{
    const struct trace_record *record = trace_reader_get(reader, ordinal);
    const struct trace_field_info *field = learn_field_find(record->kind, name);
    if (!field) {
        return false;
    }
    /* A sentence explains itself. */
    bool plain = strcmp(field->meaning, "one plain sentence") == 0;
    *point = (struct learn_point){.name = field->name,
                                  .value = learn_field_words(arena, record, field),
                                  .meaning = plain ? NULL : field->meaning};
    return true;
}

static bool find_in_tree(struct arena *arena, const struct dissect_tree *tree, const char *name,
                         struct learn_point *point)
{
    size_t at = dissect_tree_find(tree, name);
    if (at == SIZE_MAX) {
        return false;
    }
    const struct dissect_field *field = &tree->fields[at];
    *point = (struct learn_point){
        .name = copy(arena, field->name),
        .path = copy(arena, name),
        .value = copy(arena, field->value),
        .reference = copy(arena, field->reference),
        .meaning = copy(arena, field->meaning),
        .decrypted = field->layer == 1,
        .in_message = true,
    };
    return true;
}

bool learn_point_find(struct arena *arena, struct crypto_context *crypto,
                      struct trace_reader *reader, uint64_t ordinal, const char *name,
                      struct learn_point *point)
{
    uint64_t datagram = learn_point_datagram(reader, ordinal);
    if (find_in_event(arena, reader, ordinal, name, point)) {
        return true;
    }
    if (datagram == UINT64_MAX) {
        return false;
    }
    struct dissect_keys *keys = dissect_keys_new();
    uint64_t at = UINT64_MAX;
    while ((at = trace_reader_step(reader, at, 1, secrets_kinds(), NULL, NULL)) != UINT64_MAX) {
        secrets_add(keys, trace_reader_get(reader, at));
    }
    struct dissect_tree *tree = secrets_dissect(crypto, keys, trace_reader_get(reader, datagram));
    bool found = tree && find_in_tree(arena, tree, name, point);
    dissect_tree_free(tree);
    dissect_keys_free(keys);
    return found;
}
