/* A lesson as text: to be printed, for paper, or to be gone through line by line. The lesson is
 * bound to its run, and `reader` has it. */
#ifndef IKESIM_UI_CLI_LEARN_TEXT_H
#define IKESIM_UI_CLI_LEARN_TEXT_H

#include "trace/reader.h"
#include "ui/cli/lessons.h"
#include "ui/learn/lesson.h"

/* All of it, with questions and answers. */
void learn_text_print(const struct learn_lesson *lesson, struct trace_reader *reader, bool ascii);

/* The questions, with room for the answers or with the answers. */
void learn_text_worksheet(const struct learn_lesson *lesson, bool answers, bool ascii);

/* Step by step, asking on stdin, from where *progress says that it was left. *progress gets how far
 * it went this time; true if that is its end. */
bool learn_text_run(const struct learn_lesson *lesson, struct trace_reader *reader, bool ascii,
                    struct lessons_progress *progress);

#endif
