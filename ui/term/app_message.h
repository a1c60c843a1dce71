/* The open message: a cursor in its fields, or in its bytes. */
#ifndef IKESIM_UI_TERM_APP_MESSAGE_H
#define IKESIM_UI_TERM_APP_MESSAGE_H

#include "ui/term/app.h"

/* Takes in that another message is under the cursor. */
void app_message_prepare(struct app *app);

/* The tree's field behind (dir 1) or before (-1) `field` that is not hidden; `field` itself if
 * there is none. */
size_t app_field_step(const struct app *app, size_t field, int dir);

/* True if the field has others inside. */
bool app_field_opens(const struct app *app, size_t field);

/* Selects a field and opens what it is in. */
void app_field_select(struct app *app, size_t field);

/* True if a layer's bytes are shown. */
bool app_layer_shown(const struct app *app, int layer);

/* Keys: up and down, left and right, Enter, Tab, b. */
void app_message_move(struct app *app, int steps);
void app_message_end(struct app *app, int dir);
void app_message_act(struct app *app, enum action action);

/* Puts the cursor on an octet of a layer, and lights the field that it belongs to. */
void app_message_octet(struct app *app, int layer, size_t octet);

/* The field of single bits at a bit of an octet, the first bit being 0; SIZE_MAX if there is none.
 */
size_t app_message_bit(const struct app *app, int layer, size_t octet, int bit);

/* The value of the selected field, or its octets in hex: what is copied. malloc'ed, or NULL. */
char *app_message_value(const struct app *app);

/* Two datagrams octet by octet, in words; malloc'ed. NULL if one cannot be read. */
char *app_message_compare(const struct app *app, uint64_t one, uint64_t other);

#endif
