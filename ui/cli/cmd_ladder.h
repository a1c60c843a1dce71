/* `ikesim ladder`: the exchange as a text sequence diagram. */
#ifndef IKESIM_UI_CLI_CMD_LADDER_H
#define IKESIM_UI_CLI_CMD_LADDER_H

/* argv[0] is "ikesim ladder". Returns the exit code. */
int cmd_ladder(int argc, char **argv);

#endif
