"""Runs scripts as `python` does, in forks of one process that has loaded PACKAGE... already: SOCKET PACKAGE...

It answers peer-client.py. The packages are loaded at the first request; before it, this process costs next to nothing.
It ends, with whatever it runs, when its standard input does: with the process that started it, however that ends.
"""

import atexit
import builtins
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
import types


def main(address, *packages):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    print("ready", flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    loaded = False
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        if not loaded:
            load(packages)
            loaded = True
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            answer(connection)
        connection.close()
    # Of a run that was killed nobody else removes it.
    with contextlib.suppress(OSError):
        os.unlink(address)
        os.rmdir(os.path.dirname(address))
    os.killpg(0, signal.SIGKILL)


def load(packages):
    for name in packages:
        # What cannot be loaded is the script's to report.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    # What is never collected is not copied by a fork's collections.
    gc.collect()
    gc.freeze()


def answer(connection):
    """Runs one request in a fork and sends its wait status, so that also a crash has an answer."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    beginning, files, _, _ = socket.recv_fds(connection, 1 << 16, 3)
    request = json.loads(beginning + b"".join(iter(lambda: connection.recv(1 << 16), b"")))
    child = os.fork()
    if child == 0:
        connection.close()
        for target, file in enumerate(files):
            os.dup2(file, target)
            os.close(file)
        os._exit(run(**request))
    connection.sendall(str(os.waitpid(child, 0)[1]).encode())
    os._exit(0)


def run(script, arguments, folder, environment):
    """`python SCRIPT ARGUMENT...`; a script of any other name than `*.py` is the source itself, as after `-c`. Gives the exit code."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    if "numpy" in sys.modules:
        # As in a new process: otherwise all forks would draw the same numbers.
        sys.modules["numpy"].random.seed()
    own = types.ModuleType("__main__")
    own.__builtins__ = builtins
    sys.modules["__main__"] = own
    code = 0
    try:
        if script.endswith(".py"):
            own.__file__ = script
            sys.path[0] = os.path.dirname(os.path.realpath(script))
            sys.argv = [script, *arguments]
            with open(script, "rb") as file:
                source, name = file.read(), script
        else:
            sys.path[0] = ""
            sys.argv = ["-c", *arguments]
            source, name = script, "<string>"
        exec(compile(source, name, "exec", dont_inherit=True), own.__dict__)
    except SystemExit as end:
        code = end.code
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    except BaseException as error:
        # Without the frame of this function.
        trace = error.__traceback__ and error.__traceback__.tb_next
        traceback.print_exception(type(error), error, trace)
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not through the interpreter's own end: threads that the packages had before the fork are not there to be joined.
    return (code or 0) & 0xFF


main(*sys.argv[1:])
