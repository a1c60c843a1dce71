/* A lesson that is bound to its run, as the steps of a guide through the screens. */
#ifndef IKESIM_UI_LEARN_STEPS_H
#define IKESIM_UI_LEARN_STEPS_H

#include "ui/learn/lesson.h"
#include "ui/term/guide.h"

/* Fills the guide, which borrows from the lesson. `next` (borrowed; NULL: none) is the lesson
 * behind it. */
void learn_steps_guide(struct learn_lesson *lesson, const struct learn_lesson *next,
                       struct guide *guide);

#endif
