/* The payload chain in words. Every message that is sent is described, so no printf on the common
 * path. */
#include <stdio.h>

#include "ike/message_internal.h"

void ike_words_add(struct ike_words *words, const char *word)
{
    for (; *word != '\0'; word++, words->len++) {
        if (words->len + 1 < words->cap) {
            words->text[words->len] = *word;
            words->text[words->len + 1] = '\0';
        }
    }
}

static void add_number(struct ike_words *words, const char *before, unsigned number)
{
    char text[32];

    snprintf(text, sizeof(text), "%s(%u)", before, number);
    ike_words_add(words, text);
}

static void add_notify(struct ike_words *words, uint16_t type)
{
    const char *name = ike_notify_name(type);

    if (name == NULL) {
        add_number(words, "N", type);
        return;
    }
    ike_words_add(words, "N(");
    ike_words_add(words, name);
    ike_words_add(words, ")");
}

void ike_words_add_payload(struct ike_words *words, uint8_t type, bool response,
                           uint16_t notify_type)
{
    const char *brief = NULL;

    if (words->len != 0 && !words->opened) {
        ike_words_add(words, " ");
    }
    words->opened = false;
    switch (type) {
    case IKE_PAYLOAD_NONCE:
        ike_words_add(words, response ? "Nr" : "Ni");
        break;
    case IKE_PAYLOAD_NOTIFY:
        add_notify(words, notify_type);
        break;
    default:
        brief = ike_payload_brief(type);
        if (brief != NULL) {
            ike_words_add(words, brief);
        } else {
            add_number(words, "Unknown", type);
        }
        break;
    }
}

size_t ike_message_describe(const struct ike_message *message, char *text, size_t cap)
{
    struct ike_words words = {.text = text, .cap = cap};
    bool open = (message->has_sk || message->has_skf) && message->decrypted.data != NULL;

    if (cap != 0) {
        text[0] = '\0';
    }
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct ike_payload *payload = &message->payloads[i];

        ike_words_add_payload(&words, payload->type, message->header.response,
                              payload->type == IKE_PAYLOAD_NOTIFY ? payload->notify.type : 0);
        if (open && i + 1 == message->outer_count) {
            ike_words_add(&words, "{");
            words.opened = true;
        }
    }
    if (open) {
        ike_words_add(&words, "}");
    }
    return words.len;
}
