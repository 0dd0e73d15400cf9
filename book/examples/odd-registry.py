"""A registry that does something odd, for chapter 7: python3 odd-registry.py PORT ELSEWHERE

What it does depends on the repository: realm, busy or moved.
"""

import http.server
import sys

PORT, ELSEWHERE = int(sys.argv[1]), sys.argv[2]


class OddRegistry(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        repository = self.path.split("/")[2]
        if repository == "busy":
            self.answer(429, "Retry-After", "3600")
        elif repository == "realm":
            self.answer(401, "WWW-Authenticate", 'Bearer realm="http://auth.example/token",service="odd"')
        elif "Authorization" not in self.headers:
            self.answer(401, "WWW-Authenticate", 'Basic realm="odd"')
        else:
            self.answer(307, "Location", ELSEWHERE + self.path)

    def answer(self, status, header, value):
        self.send_response(status)
        self.send_header(header, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), OddRegistry)
print(f"listening on http://127.0.0.1:{PORT}/", flush=True)
server.serve_forever()
