/* The keys of the pair as of the cursor: the derivation of its newest IKE SA, one of the steps
 * selected, and which steps are the nodes of the graph. */
#ifndef IKESIM_UI_TERM_KEYPAGE_H
#define IKESIM_UI_TERM_KEYPAGE_H

#include "ui/keys/steps.h"
#include "ui/term/model.h"

/* Nodes of the graph, in the order in which ← and → go through them. */
enum keypage_node {
    NODE_NI,
    NODE_NR,
    NODE_SHARED,  /* g^ir */
    NODE_OLD_SKD, /* of a rekey, instead of what IKE_SA_INIT has */
    NODE_SKEYSEED,
    NODE_SPI_I,
    NODE_SPI_R,
    NODE_SEED, /* S */
    NODE_T1,
    NODE_SK_D,
    NODE_SK_AI,
    NODE_SK_AR,
    NODE_SK_EI,
    NODE_SK_ER,
    NODE_SK_PI,
    NODE_SK_PR,
    NODE_AUTH_I,
    NODE_AUTH_R,
    NODE_KEYMAT, /* of the CHILD SA that was made last */
    NODE_ESP_1,  /* its encryption keys, in the order of KEYMAT */
    NODE_ESP_2,
    NODE_COUNT
};

struct keypage;
struct keypage *keypage_new(void);
void keypage_free(struct keypage *page);

/* Brings it up to the model's cursor and pair. Call before asking. */
void keypage_prepare(struct keypage *page, struct model *model);

/* NULL while there are no keys. Until the next prepare. */
const struct keys_derivation *keypage_derivation(const struct keypage *page);

/* How many IKE SAs of the pair have keys by now, the one shown being the last; the one that it took
 * the place of, or NULL. */
size_t keypage_sa_count(const struct keypage *page);
const struct keys_sa *keypage_before(const struct keypage *page);

/* The selected step of the derivation: until somebody selects one, what is computed at the cursor.
 */
size_t keypage_selected(const struct keypage *page);

/* The step of a node; SIZE_MAX if it is not there (yet). */
size_t keypage_node(const struct keypage *page, enum keypage_node node);

/* The node that stands for the selected step in the graph: itself, or what it is a part of. */
enum keypage_node keypage_lit(const struct keypage *page);

/* dy: through all steps; dx: from node to node. */
void keypage_move(struct keypage *page, int dx, int dy);

/* Selects the step of that name or, if there is none, the first that has that value; false if there
 * is neither. */
bool keypage_select(struct keypage *page, const char *name);

/* Selects a step by its place; nothing happens if there is none. */
void keypage_select_step(struct keypage *page, size_t step);

/* The next (dir 1) or previous step that has the text in its name, formula, value or meaning. */
bool keypage_search(struct keypage *page, const char *query, int dir);

/* Name of the selected step, "" if there is none. */
const char *keypage_name(const struct keypage *page);

/* The selected step in words, or its value alone; malloc'ed, NULL if there is none. */
char *keypage_text(const struct keypage *page, bool words);

/* Its command with the formula; malloc'ed, NULL if there is none. */
char *keypage_command(const struct keypage *page);

#endif
