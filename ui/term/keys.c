/* The table of actions and their keys. */
#include "ui/term/keys.h"

#define CONTROL(letter) ((letter)&0x1f)

enum {
    TIME = CONTEXT_PAIRS | CONTEXT_LADDER | CONTEXT_MESSAGE,
    PANES = TIME,
};

/* Actions of one key that mean different things in different places have a row for each. */
static const struct binding table[] = {
    {ACTION_PLAY, TIME, {' '}, "space", "play", "play, pause", 1},
    {ACTION_EVENT_BACK, TIME, {','}, ",", NULL, "one event back", 0},
    {ACTION_EVENT_ON, TIME, {'.'}, ", .", "step", "one event on; , goes one back", 2},
    {ACTION_MESSAGE_BACK, TIME, {'<'}, "<", NULL, "to the message before", 0},
    {ACTION_MESSAGE_ON,
     TIME,
     {'>'},
     "< >",
     "message",
     "to the next message; < to the one before",
     4},
    {ACTION_TROUBLE_BACK, TIME, {'['}, "[", NULL, "to the loss or retransmission before", 0},
    {ACTION_TROUBLE_ON,
     TIME,
     {']'},
     "[ ]",
     "loss",
     "to the next loss or retransmission; [ to the one before",
     5},
    {ACTION_UP, CONTEXT_PAIRS, {KEY_OF_UP, 'k'}, "↑ k", NULL, "the pair above", 0},
    {ACTION_DOWN, CONTEXT_PAIRS, {KEY_OF_DOWN, 'j'}, "↑↓", "pair", "the pair below", 3},
    {ACTION_UP, CONTEXT_LADDER, {KEY_OF_UP, 'k'}, "↑ k", NULL, "one row of the ladder back", 0},
    {ACTION_DOWN, CONTEXT_LADDER, {KEY_OF_DOWN, 'j'}, "↑↓", "row", "one row of the ladder on", 3},
    {ACTION_UP, CONTEXT_MESSAGE, {KEY_OF_UP, 'k'}, "↑ k", NULL, "the field above", 0},
    {ACTION_DOWN, CONTEXT_MESSAGE, {KEY_OF_DOWN, 'j'}, "↑↓", "field", "the field below", 0},
    {ACTION_PAGE_UP, CONTEXT_ALL, {KEY_OF_PAGE_UP, CONTROL('b')}, "PgUp", NULL, "a page up", 0},
    {ACTION_PAGE_DOWN,
     CONTEXT_ALL,
     {KEY_OF_PAGE_DOWN, CONTROL('f')},
     "PgDn",
     NULL,
     "a page down",
     0},
    {ACTION_HOME, CONTEXT_ALL, {'g', KEY_OF_HOME}, "g Home", NULL, "to the beginning", 0},
    {ACTION_END, CONTEXT_ALL, {'G', KEY_OF_END}, "G End", NULL, "to the end", 0},
    {ACTION_LEFT,
     CONTEXT_MESSAGE,
     {KEY_OF_LEFT, 'h'},
     "← h",
     NULL,
     "close a field, or go to the one around it",
     0},
    {ACTION_RIGHT,
     CONTEXT_MESSAGE,
     {KEY_OF_RIGHT, 'l'},
     "← →",
     "fold",
     "open a field that has others inside",
     3},
    {ACTION_PANE_BACK,
     CONTEXT_LADDER | CONTEXT_PAIRS,
     {KEY_OF_LEFT, 'h'},
     "← h",
     NULL,
     "to the pane on the left",
     0},
    {ACTION_PANE_ON,
     CONTEXT_LADDER | CONTEXT_PAIRS,
     {KEY_OF_RIGHT, 'l'},
     "→ l",
     NULL,
     "to the pane on the right",
     0},
    {ACTION_PANE_ON, PANES, {KEY_OF_TAB}, "Tab", "pane", "to the next pane", 9},
    {ACTION_PANE_BACK, PANES, {KEY_OF_BACKTAB}, "Shift-Tab", NULL, "to the pane before", 0},
    {ACTION_OPEN,
     CONTEXT_PAIRS,
     {KEY_OF_ENTER, '\n'},
     "⏎",
     "ladder",
     "to the ladder of this pair",
     6},
    {ACTION_OPEN,
     CONTEXT_LADDER,
     {KEY_OF_ENTER, '\n'},
     "⏎",
     "message",
     "the message under the cursor: its fields and bytes",
     6},
    {ACTION_OPEN, CONTEXT_MESSAGE, {KEY_OF_ENTER, '\n'}, "⏎", NULL, "open or close a field", 0},
    {ACTION_FASTER, TIME, {'+', '='}, "+", NULL, "play faster", 0},
    {ACTION_SLOWER, TIME, {'-', '_'}, "+ -", "speed", "play slower", 8},
    {ACTION_UNFOLD, TIME, {'e'}, "e", "ESP", "show each ESP packet, or fold them into runs", 10},
    {ACTION_LATER,
     TIME,
     {'f'},
     "f",
     "future",
     "show what happens after the cursor, or hide it",
     11},
    {ACTION_HELP,
     CONTEXT_ALL,
     {'?', KEY_OF_F1},
     "?",
     "help",
     "these keys, and what the signs mean",
     7},
    {ACTION_REDRAW, CONTEXT_ALL, {CONTROL('l'), KEY_OF_F5}, "^L", NULL, "draw the screen anew", 0},
    {ACTION_BACK,
     CONTEXT_ALL,
     {KEY_OF_ESCAPE, 'q'},
     "Esc q",
     "back",
     "one step back; from the ladder: quit",
     12},
    {ACTION_QUIT, CONTEXT_ALL, {'Q', KEY_OF_F10}, "Q F10", NULL, "quit at once", 0},
};

const struct binding *keys_table(size_t *count)
{
    *count = sizeof table / sizeof *table;
    return table;
}

enum action keys_action(unsigned context, uint32_t key)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (size_t k = 0; k < KEYS_PER_BINDING && table[i].keys[k]; k++) {
            if (table[i].keys[k] == key && (table[i].contexts & context)) {
                return table[i].action;
            }
        }
    }
    return ACTION_NONE;
}
