"""1, 2 and 4 threads give the same recording to the byte, for every scenario that ships, and the same capture.

usage: test_threads.py IKESIM
"""

import os

from ikesim import call, check, program, run, scenario, scenario_names, temporary

FILES = ("run.ndjson", "run.index", "run.pcapng")


def read(directory, name):
    with open(os.path.join(directory, name), "rb") as file:
        return file.read()


def main():
    with temporary() as top:
        for name in scenario_names():
            results = []
            for threads in ("1", "2", "4"):
                out = os.path.join(top, name + threads)
                run(out, scenario(name), "--threads", threads)
                results.append([read(out, file) for file in FILES])
            for other in results[1:]:
                check(other == results[0], name, "is not the same with every number of threads")
            print("%s: %d bytes the same with 1, 2 and 4 threads" % (name, len(results[0][0])))
    for wrong in ("0", "65", "-1", "two", ""):
        message = call(program(), "run", "four-messages", "--threads", wrong, expect=(2,)).stderr
        check("a number from 1 to 64" in message, "--threads", wrong, "is refused:", message)


main()
