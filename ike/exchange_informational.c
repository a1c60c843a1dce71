/* INFORMATIONAL (RFC 7296 §1.4): Delete, liveness, the errors that end an SA. */
#include "ike/child.h"
#include "ike/complaint.h"
#include "ike/counter_sync.h"
#include "ike/exchange.h"
#include "ike/mobike.h"
#include "ike/octets.h"
#include "ike/qcd.h"
#include "ike/reauth.h"
#include "ike/redirect.h"
#include "ike/tell.h"
#include "ike/ticket.h"

/* ---- the initiator ---- */

void ike_informational_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    uint8_t spi[IKE_CHILD_SPI_LEN];

    switch (task->kind) {
    case IKE_TASK_DELETE_CHILD:
        ike_store_u32(spi, task->spi_in);
        ike_build_delete(&call->builder, task->protocol, sizeof(spi),
                         crypto_bytes(spi, sizeof(spi)));
        break;
    case IKE_TASK_DELETE_SA:
        ike_build_delete(&call->builder, IKE_PROTOCOL_IKE, 0, crypto_bytes(NULL, 0));
        break;
    case IKE_TASK_TOKEN:
        ike_qcd_announce(call, sa);
        break;
    case IKE_TASK_AUTH_FAILED:
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_AUTHENTICATION_FAILED,
                         crypto_bytes(NULL, 0));
        break;
    case IKE_TASK_UPDATE_ADDRESSES:
    case IKE_TASK_ADDRESSES:
    case IKE_TASK_ROUTABILITY:
        ike_mobike_build(call, sa, task);
        break;
    case IKE_TASK_TICKET:
        ike_ticket_request(call, sa);
        break;
    case IKE_TASK_REDIRECT:
        ike_redirect_build(call, sa, "we were told to send it on");
        break;
    case IKE_TASK_COUNTER_SYNC:
    case IKE_TASK_REPLAY_SYNC:
        ike_sync_build(call, sa, task);
        break;
    case IKE_TASK_NOTIFY:
        ike_complaint_build(call, sa, task);
        break;
    case IKE_TASK_LIVENESS:
        ike_mobike_build_check(call, sa); /* else it is empty */
        break;
    default:
        break;
    }
}

void ike_informational_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_child *child;

    switch (task->kind) {
    case IKE_TASK_DELETE_CHILD:
        /* It may have gone already, by a Delete of the peer's that crossed ours. */
        child = ike_child_by_spi_in(call->endpoint, sa, task->spi_in);
        if (child) {
            ike_child_remove(call, sa, child, "we deleted it");
        }
        break;
    case IKE_TASK_DELETE_SA:
        ike_sa_close(call, sa, "we deleted it");
        break;
    case IKE_TASK_AUTH_FAILED:
        ike_sa_close(call, sa, "the responder is not authenticated");
        break;
    case IKE_TASK_UPDATE_ADDRESSES:
    case IKE_TASK_ADDRESSES:
    case IKE_TASK_ROUTABILITY:
        ike_mobike_answered(call, sa, task);
        break;
    case IKE_TASK_REDIRECT:
        ike_redirect_wait(call, sa);
        break;
    case IKE_TASK_LIVENESS:
        ike_mobike_checked(call, sa);
        break;
    default:
        break;
    }
}

/* ---- the responder ---- */

/* SPIs of the SAs in the other direction, which the answer names. */
struct paired {
    size_t len, cap;
    uint8_t *spis;
};

/* What we do not know is passed over (§1.4.1). */
static void delete_children(struct ike_call *call, struct ike_sa *sa, uint8_t protocol,
                            struct paired *paired)
{
    for (size_t i = 0; i < call->message.payload_count; i++) {
        const struct ike_payload *payload = &call->message.payloads[i];

        if (payload->type != IKE_PAYLOAD_DELETE || payload->del.protocol != protocol ||
            payload->del.spi_len != IKE_CHILD_SPI_LEN) {
            continue;
        }
        for (size_t j = 0; j < payload->del.count; j++) {
            uint32_t spi_in;

            if (ike_child_take_delete(call, sa, protocol,
                                      ike_load_u32(payload->del.spis.data + j * IKE_CHILD_SPI_LEN),
                                      &spi_in)) {
                ike_store_u32(paired->spis + paired->len, spi_in);
                paired->len += IKE_CHILD_SPI_LEN;
            }
        }
    }
}

bool ike_informational_deletes_sa(const struct ike_message *message)
{
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct ike_payload *payload = &message->payloads[i];

        if (payload->type == IKE_PAYLOAD_DELETE && payload->del.protocol == IKE_PROTOCOL_IKE) {
            return true;
        }
    }
    return false;
}

bool ike_informational_is_behind_auth(const struct ike_header *header, const struct ike_sa *sa)
{
    return header->exchange == IKE_EXCHANGE_INFORMATIONAL && !header->response && !sa->initiator &&
           sa->last_auth && header->message_id == sa->last_auth + 1u;
}

/* Only in the exchange right behind IKE_AUTH, of which EAP makes many, do these end the SA without
 * a Delete (§2.21.2). */
bool ike_informational_disbelieves(const struct ike_message *message, const struct ike_sa *sa)
{
    return ike_informational_is_behind_auth(&message->header, sa) &&
           (ike_message_find_notify(message, IKE_NOTIFY_AUTHENTICATION_FAILED) ||
            ike_message_find_notify(message, IKE_NOTIFY_INVALID_SYNTAX) ||
            ike_message_find_notify(message, IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD));
}

void ike_informational_answer(struct ike_call *call, struct ike_sa *sa)
{
    static const uint8_t protocols[] = {IKE_PROTOCOL_AH, IKE_PROTOCOL_ESP};
    struct paired paired;

    ike_reauth_take_lifetime(call, sa);
    /* The end of the IKE SA takes its CHILD SAs along; the answer is empty (§1.4.1). */
    if (ike_informational_deletes_sa(&call->message)) {
        ike_rekey_settle(call, sa);
        ike_ticket_drop_of(call->endpoint, sa);
        call->close_why = "the peer deleted it";
        return;
    }
    if (ike_informational_disbelieves(&call->message, sa)) {
        call->close_why = "the initiator does not believe our AUTH";
        return;
    }
    ike_complaint_take(call, sa);
    ike_redirect_follow_told(call, sa);
    ike_mobike_answer(call, sa);
    ike_sync_take_replay(call, sa);
    ike_ticket_answer(call, sa);
    if (!ike_message_find(&call->message, IKE_PAYLOAD_DELETE)) {
        return;
    }
    paired.cap = (size_t)sa->child_count * IKE_CHILD_SPI_LEN;
    paired.spis = ike_take(call->endpoint, paired.cap);
    for (size_t i = 0; i < sizeof(protocols); i++) {
        uint8_t protocol = protocols[i];

        paired.len = 0;
        delete_children(call, sa, protocol, &paired);
        if (paired.len) {
            ike_build_delete(&call->builder, protocol, IKE_CHILD_SPI_LEN,
                             crypto_bytes(paired.spis, paired.len));
        }
    }
    ike_give(call->endpoint, paired.spis, paired.cap);
}
