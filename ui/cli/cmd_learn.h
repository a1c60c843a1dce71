/* `ikesim learn`: the course. */
#ifndef IKESIM_UI_CLI_CMD_LEARN_H
#define IKESIM_UI_CLI_CMD_LEARN_H

/* argv[0] is "ikesim learn". Returns the exit code. */
int cmd_learn(int argc, char **argv);

#endif
