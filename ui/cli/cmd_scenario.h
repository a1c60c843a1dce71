/* `ikesim scenario`: the scenarios that ship, and checks of one's own. */
#ifndef IKESIM_UI_CLI_CMD_SCENARIO_H
#define IKESIM_UI_CLI_CMD_SCENARIO_H

/* argv[0] is "ikesim scenario". Returns the exit code. */
int cmd_scenario(int argc, char **argv);

#endif
