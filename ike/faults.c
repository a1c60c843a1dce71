#include "ike/faults.h"

#include <string.h>

#include "ike/endpoint_internal.h"
#include "ike/octets.h"
#include "ike/tell.h"

enum { AT_NEXT_PAYLOAD = 16, AT_EXCHANGE = 18, AT_FLAGS = 19, AT_MESSAGE_ID = 20 };

static bool matches(const struct ike_edit *edit, const struct ike_builder *builder,
                    const struct ike_address *remote)
{
    const uint8_t *header = builder->data;
    bool response = (header[AT_FLAGS] & IKE_FLAG_RESPONSE) != 0;

    return (edit->exchange == 0 || edit->exchange == header[AT_EXCHANGE]) &&
           (edit->response < 0 || (edit->response == 1) == response) &&
           (edit->message_id < 0 || edit->message_id == ike_load_u32(header + AT_MESSAGE_ID)) &&
           (edit->to.family == 0 || (edit->to.family == remote->family &&
                                     memcmp(edit->to.ip, remote->ip, sizeof(remote->ip)) == 0));
}

/* The octets that the edit is about: from the generic header of its payload to that payload's end,
 * those inside of SK among them; or the whole message. None if it has no such payload. */
static struct crypto_bytes find(const struct ike_builder *builder, const struct ike_edit *edit)
{
    size_t at = IKE_HEADER_LEN, len;
    uint8_t type = builder->data[AT_NEXT_PAYLOAD];
    uint32_t left = edit->which;

    if (edit->payload == 0) {
        return crypto_bytes(builder->data, builder->len);
    }
    while (type != IKE_PAYLOAD_NONE && at + IKE_GENERIC_HEADER_LEN <= builder->len) {
        /* The length of SK is known when its ICV is there: until then it goes to the end. */
        bool sk = builder->sk_at != 0 && at == builder->sk_at;

        len = sk ? builder->len - at : ike_load_u32(builder->data + at) & 0xffff;
        if (len < IKE_GENERIC_HEADER_LEN || len > builder->len - at) {
            break;
        }
        if (type == edit->payload && --left == 0) {
            return crypto_bytes(builder->data + at, len);
        }
        type = builder->data[at];
        at += sk ? (size_t)IKE_GENERIC_HEADER_LEN + builder->iv_len : len;
    }
    return crypto_bytes(NULL, 0);
}

/* Where `len` octets of the message are that the edit is about; NULL if it has no such place. */
static uint8_t *place(const struct ike_builder *builder, const struct ike_edit *edit, size_t len)
{
    struct crypto_bytes part = find(builder, edit);

    if (edit->octet > part.len || len > part.len - edit->octet) {
        return NULL;
    }
    return builder->data + (part.data - builder->data) + edit->octet;
}

static void keep_first(const struct ike_builder *builder, struct ike_edit *edit)
{
    const uint8_t *at = place(builder, edit, edit->repeat);

    if (at) {
        memcpy(edit->first, at, edit->repeat);
    }
}

static void apply(struct ike_call *call, const struct ike_edit *edit)
{
    struct crypto_bytes value =
        edit->repeat ? crypto_bytes(edit->first, edit->repeat) : edit->value;
    uint8_t *at = place(&call->builder, edit, value.len), kept[IKE_MESSAGE_MAX];
    struct crypto_bytes before = {0};

    if (at) {
        memcpy(kept, at, value.len);
        memcpy(at, value.data, value.len);
        before = crypto_bytes(kept, value.len);
    }
    ike_tell_edited(call, edit, before, at ? value : crypto_bytes(NULL, 0));
}

void ike_faults_apply(struct ike_call *call, const struct ike_address *remote)
{
    struct ike_faults *faults = call->endpoint->faults;

    for (size_t i = 0; faults && i < faults->count; i++) {
        struct ike_edit *edit = &faults->edits[i];

        if (!matches(edit, &call->builder, remote)) {
            continue;
        }
        if (++edit->seen == 1) {
            keep_first(&call->builder, edit);
        }
        if (edit->seen == edit->nth || edit->nth == 0) {
            apply(call, edit);
        }
    }
}
