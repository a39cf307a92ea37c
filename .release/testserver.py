"""The release server of install_test, on loopback: what GitHub does with a download, and what can go wrong.

testserver.py DIR [CERT KEY]: serves DIR and prints its port; over TLS with a certificate.

/asset/NAME   redirects to /NAME, as GitHub does with the files of a release
/cut/NAME     half of the file, announced as whole
/slow/NAME    half of the file, and then nothing; begins DIR/slow.begun
/plain/NAME   redirects to the same name over http, on the port of the variable PLAIN
http://HOST/  what a client sends to a proxy: answered from DIR, whatever HOST is, and noted in DIR/proxied
"""

import http.server
import os
import ssl
import sys
import urllib.parse


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("http://"):
            with open(os.path.join(self.directory, "proxied"), "a") as notes:
                notes.write(self.path + "\n")
            self.path = urllib.parse.urlsplit(self.path).path
        kind, _, name = self.path[1:].partition("/")
        if kind == "asset":
            self.redirect("/" + name)
        elif kind == "plain":
            self.redirect("http://127.0.0.1:%s/%s" % (os.environ["PLAIN"], name))
        elif kind in ("cut", "slow") and name.endswith(".tar.gz"):
            self.half(kind, name)
        else:
            if kind in ("cut", "slow"):
                self.path = "/" + name
            super().do_GET()

    def redirect(self, to):
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def half(self, kind, name):
        with open(os.path.join(self.directory, name), "rb") as file:
            body = file.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        self.close_connection = True
        if kind == "slow":
            open(os.path.join(self.directory, "slow.begun"), "w").close()
            self.rfile.read(1)  # until the client is gone

    def log_message(self, *args):
        pass


def main():
    directory = sys.argv[1]
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *args: Handler(*args, directory=directory)
    )
    server.handle_error = lambda *args: None  # clients that are gone
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
