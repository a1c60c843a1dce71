#include "ike/actions.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"

static void dispose_item(struct ike_action *item)
{
    switch (item->kind) {
    case IKE_ACTION_TRANSMIT:
        free(item->transmit.bytes);
        break;
    case IKE_ACTION_CHILD_INSTALL:
        if (item->install) {
            crypto_wipe(item->install, sizeof(*item->install));
            free(item->install);
        }
        break;
    case IKE_ACTION_REDIRECT:
        free(item->redirect.name);
        break;
    case IKE_ACTION_TIMER:
    case IKE_ACTION_CHILD_REMOVE:
    case IKE_ACTION_CHILD_PAIRS:
    case IKE_ACTION_CHILD_MOVE:
    case IKE_ACTION_CHILD_SKIP:
    case IKE_ACTION_KEEPALIVE:
    case IKE_ACTION_SA_ESTABLISHED:
    case IKE_ACTION_SA_GONE:
        break;
    }
}

void ike_actions_clear(struct ike_actions *actions)
{
    for (size_t i = 0; i < actions->count; i++) {
        dispose_item(&actions->items[i]);
    }
    actions->count = 0;
    actions->costs.count = 0;
    actions->sa = 0;
    actions->accepted = 0;
}

void ike_actions_dispose(struct ike_actions *actions)
{
    ike_actions_clear(actions);
    free(actions->items);
    *actions = (struct ike_actions){0};
}

struct ike_action *ike_actions_add(struct ike_actions *actions, enum ike_action_kind kind)
{
    if (actions->count == actions->cap) {
        actions->cap = actions->cap ? 2 * actions->cap : 8;
        actions->items = realloc(actions->items, actions->cap * sizeof(*actions->items));
        assert(actions->items);
    }
    struct ike_action *action = &actions->items[actions->count++];

    memset(action, 0, sizeof(*action));
    action->kind = kind;
    return action;
}

void ike_actions_transmit(struct ike_actions *actions, const struct ike_address *source,
                          const struct ike_address *destination, struct crypto_bytes bytes,
                          struct trace_ref sent, uint64_t identity)
{
    struct ike_action *action = ike_actions_add(actions, IKE_ACTION_TRANSMIT);

    action->transmit.source = *source;
    action->transmit.destination = *destination;
    action->transmit.bytes = malloc(bytes.len);
    assert(action->transmit.bytes);
    memcpy(action->transmit.bytes, bytes.data, bytes.len);
    action->transmit.len = bytes.len;
    action->transmit.sent = sent;
    action->transmit.identity = identity;
}

void ike_actions_timer(struct ike_actions *actions, uint64_t sa, enum ike_timer_kind kind,
                       uint32_t generation, uint64_t delay)
{
    struct ike_action *action = ike_actions_add(actions, IKE_ACTION_TIMER);

    action->timer.timer = (struct ike_timer){.sa = sa, .kind = kind, .generation = generation};
    action->timer.delay = delay;
}
