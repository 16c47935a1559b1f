"""Stands for `python SCRIPT ARGUMENT...` whose packages are loaded already, in peer-server.py: SOCKET SCRIPT ARGUMENT..."""

import json
import os
import signal
import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    request = {
        "script": sys.argv[2],
        "arguments": sys.argv[3:],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
    }
    # The script reads from and writes to what this process has.
    socket.send_fds(connection, [b" "], [0, 1, 2])
    connection.sendall(json.dumps(request).encode())
    connection.shutdown(socket.SHUT_WR)
    answer = connection.recv(16)

if not answer:
    sys.exit("the server of " + sys.argv[1] + " has ended")
status = int(answer)
if os.WIFSIGNALED(status):
    signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
    os.kill(os.getpid(), os.WTERMSIG(status))
sys.exit(os.WEXITSTATUS(status))
