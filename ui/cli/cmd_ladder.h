/* `ikesim ladder`: the exchange as a text sequence diagram. */
#ifndef IKESIM_UI_CLI_CMD_LADDER_H
#define IKESIM_UI_CLI_CMD_LADDER_H

int cmd_ladder(int argc, char **argv);

#endif
