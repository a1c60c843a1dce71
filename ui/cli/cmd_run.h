/* ikesim run: a scenario, headless. */
#ifndef IKESIM_UI_CLI_CMD_RUN_H
#define IKESIM_UI_CLI_CMD_RUN_H

/* argv[0] is "ikesim run". Returns the exit code. */
int cmd_run(int argc, char **argv);

#endif
