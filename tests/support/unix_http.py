# SPDX-License-Identifier: Apache-2.0
import http.client
import os
import socket


class Unix(http.client.HTTPConnection):
    """HTTP over a unix socket: the one that the variable SOCKET names, or another one."""

    def __init__(self, path=None):
        super().__init__("localhost", timeout=10)
        self.path = path or os.environ["SOCKET"]

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)
