#include "ike/complaint.h"

#include <stdio.h>

#include "ike/auth.h"
#include "ike/child.h"
#include "ike/hint.h"
#include "ike/octets.h"
#include "ike/tell.h"

/* Octets of a packet that are quoted: an IPv6 header, and the ports behind it; ICMP quotes no less.
 */
enum { QUOTE_MAX = 40 + 8 };

static struct ike_task *task_of(struct ike_call *call, struct ike_sa *sa, uint16_t type,
                                uint32_t about)
{
    struct ike_task *task;

    if (sa->state != IKE_STATE_ESTABLISHED || sa->replaced || sa->standby ||
        !ike_hint_may_check(call, sa)) {
        return NULL;
    }
    task = ike_task_new(call->endpoint, IKE_TASK_NOTIFY);
    task->notify.type = type;
    task->notify.about = about;
    return task;
}

static void complain(struct ike_call *call, struct ike_sa *sa, uint16_t type, uint32_t about)
{
    struct ike_task *task = task_of(call, sa, type, about);

    if (task) {
        ike_task_start(call, sa, task);
    }
}

void ike_complain_message_id(struct ike_call *call, struct ike_sa *sa)
{
    complain(call, sa, IKE_NOTIFY_INVALID_MESSAGE_ID, call->message.header.message_id);
}

void ike_complain_unknown_spi(struct ike_call *call, struct ike_sa *sa, uint32_t spi)
{
    if (call->endpoint->policy->tell_unknown_spi) {
        complain(call, sa, IKE_NOTIFY_INVALID_SPI, spi);
    }
}

void ike_complain_selectors(struct ike_call *call, struct ike_sa *sa, const struct ike_child *child,
                            struct crypto_bytes inner)
{
    size_t len = inner.len < QUOTE_MAX ? inner.len : QUOTE_MAX;
    struct ike_task *task = call->endpoint->policy->tell_selectors
                                ? task_of(call, sa, IKE_NOTIFY_INVALID_SELECTORS, child->spi_in)
                                : NULL;

    if (task) {
        task->protocol = child->protocol;
        task->notify.packet = ike_kept_new(call->endpoint, crypto_bytes(inner.data, len));
        ike_task_start(call, sa, task);
    }
}

/* What the notify is about, in words: `number` is a Message ID or an SPI. */
static void tell(struct ike_call *call, const struct ike_sa *sa, bool by_self, uint16_t type,
                 uint32_t number, const char *child, struct crypto_bytes packet)
{
    char about[32], name[IKE_NAME_TEXT_CAP];

    snprintf(about, sizeof(about),
             type == IKE_NOTIFY_INVALID_MESSAGE_ID ? "Message ID %u" : "SPI %08x", number);
    ike_tell_complaint(call, sa, by_self, ike_notify_text(type, name, sizeof(name)), about, child,
                       packet);
}

void ike_complaint_build(struct ike_call *call, const struct ike_sa *sa,
                         const struct ike_task *task)
{
    const struct ike_kept *packet = task->notify.packet;
    const struct ike_child *child = NULL;
    struct crypto_bytes quoted = crypto_bytes(NULL, 0);
    uint8_t about[4]; /* a Message ID, an SPI */

    ike_store_u32(about, task->notify.about);
    if (packet) {
        quoted = crypto_bytes(packet->octets, packet->len);
        child = ike_child_by_spi_in(call->endpoint, sa, task->notify.about);
        ike_build_notify(&call->builder, task->protocol, crypto_bytes(about, sizeof(about)),
                         task->notify.type, quoted);
    } else {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), task->notify.type,
                         crypto_bytes(about, sizeof(about)));
    }
    tell(call, sa, true, task->notify.type, task->notify.about, child ? child->policy->name : NULL,
         quoted);
}

static void take(struct ike_call *call, const struct ike_sa *sa, const struct ike_payload *payload)
{
    bool quotes = payload->notify.type == IKE_NOTIFY_INVALID_SELECTORS;
    struct crypto_bytes about = quotes ? payload->notify.spi : payload->notify.data;
    const struct ike_child *child = NULL;
    uint32_t number;

    if (about.len != 4) {
        return; /* of a form that nobody sends */
    }
    number = ike_load_u32(about.data);
    if (payload->notify.type != IKE_NOTIFY_INVALID_MESSAGE_ID) {
        child = ike_child_by_spi_out(sa, number);
    }
    tell(call, sa, false, payload->notify.type, number, child ? child->policy->name : NULL,
         quotes ? payload->notify.data : crypto_bytes(NULL, 0));
}

void ike_complaint_take(struct ike_call *call, const struct ike_sa *sa)
{
    static const uint16_t types[] = {IKE_NOTIFY_INVALID_MESSAGE_ID, IKE_NOTIFY_INVALID_SPI,
                                     IKE_NOTIFY_INVALID_SELECTORS};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const struct ike_payload *payload = ike_message_find_notify(&call->message, types[i]);

        if (payload) {
            take(call, sa, payload);
        }
    }
}
