"""What can be sent to a socket: nobody else notices."""

import json
import os
import socket
import stat
import threading

from harness import BOUND, DaemonTest, main, wait_for


class Abuse(DaemonTest):
    def open(self, home):
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(BOUND)
        one.connect(home.socket)
        self.addCleanup(one.close)
        return one

    def exchange(self, home, data):
        """What comes until the other side closes."""
        one = self.open(home)
        try:
            one.sendall(data)
        except OSError:
            pass  # it has heard enough
        answer = b""
        try:
            while chunk := one.recv(65536):
                answer += chunk
        except ConnectionError:
            pass
        return answer

    def assert_well(self, home):
        self.assertEqual(home.ketrewd("status").code, 0)
        home.wait_state(home.submit("--", "true"), "succeeded")

    def test_it_is_private(self):
        home = self.home()
        self.assertEqual(stat.S_IMODE(os.stat(home.socket).st_mode), 0o600)
        for name in ("ketrew.db", "ketrewd.log", "lock"):
            self.assertEqual(stat.S_IMODE(os.stat(home.file(name)).st_mode) & 0o077, 0, name)
        if os.getuid() != 0:
            self.skipTest("not root: nobody else to be here")
        os.chmod(home.path, 0o711)
        os.chmod(home.socket, 0o666)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setgid(65534)
                os.setuid(65534)
                one = socket.socket(socket.AF_UNIX)
                one.settimeout(BOUND)
                one.connect(home.socket)
                one.sendall(b"GET /v1/status HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n")
                answer = b""
                while chunk := one.recv(65536):
                    answer += chunk
                code = 0 if b" 200 " not in answer[:40] else 2
            except OSError:
                code = 0
            finally:
                os._exit(code)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0,
                         "another user got an answer")

    def test_not_http(self):
        home = self.home()
        for data in (b"hello\r\n\r\n", b"\0" * 4096, b"\x16\x03\x01\x02\0\x01\0" + b"\xff" * 500,
                     b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n", b"\n" * 9000,
                     b"GET /v1/status HTTP/1.1\r\nHost\r\n\r\n",
                     b"POST /v1/jobs HTTP/1.1\r\nHost: k\r\nContent-Length: -1\r\n\r\n",
                     b"POST /v1/jobs HTTP/1.1\r\nHost: k\r\nContent-Length: 99999999999999999999\r\n\r\n",
                     b"POST /v1/jobs HTTP/1.1\r\nHost: k\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            with self.subTest(data[:40]):
                one = self.open(home)
                one.sendall(data)
                one.shutdown(socket.SHUT_WR)
                answer = b""
                try:
                    while chunk := one.recv(65536):
                        answer += chunk
                except ConnectionError:
                    pass
                self.assertNotIn(b" 200 ", answer[:40])
                if answer:
                    self.assertRegex(answer[:20], rb"^HTTP/1\.[01] (4|5)\d\d")
        self.assert_well(home)

    def test_huge(self):
        home = self.home()
        answer = self.exchange(home, b"GET /v1/status HTTP/1.1\r\nHost: k\r\nX: "
                               + b"a" * (4 << 20) + b"\r\n\r\n")
        self.assertNotIn(b" 200 ", answer[:40])
        answer = self.exchange(home, b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: k\r\n\r\n")
        self.assertNotIn(b" 200 ", answer[:40])
        answer = self.exchange(home, b"POST /v1/jobs HTTP/1.1\r\nHost: k\r\n"
                                     b"Content-Length: 1000000000000\r\n\r\n{")
        self.assertRegex(answer[:20], rb"^HTTP/1\.1 413|^HTTP/1\.1 400|^$")
        deep = b"[" * 200000
        answer = self.exchange(home, b"POST /v1/jobs HTTP/1.1\r\nHost: k\r\nConnection: close\r\n"
                                     b"Content-Length: " + str(len(deep)).encode() + b"\r\n\r\n" + deep)
        self.assertRegex(answer[:20], rb"^HTTP/1\.1 4")
        self.assert_well(home)

    def test_bad_bodies(self):
        home = self.home()
        for body in ("", "nonsense", "3", "[]", "{}", "null", '{"program": 3}',
                     '{"program": {"commands": []}}', '{"jobs": []}', '{"jobs": [3]}',
                     '{"job": {"program": {"commands": [{"exec": ["true"]}]}}, "each": []}',
                     '{"program": {"commands": [{"exec": [1]}]}}',
                     '{"program": {"commands": [{"exec": ["true"], "sh": "x"}]}}',
                     '{"program": {"commands": [{"exec": ["a\\u0000b"]}]}}',
                     '{"program": {"commands": [{"exec": ["true"]}]}, "nmae": "x"}',
                     '{"program": {"commands": [{"exec": ["true"]}]}, "retries": -1}',
                     '{"program": {"commands": [{"exec": ["true"]}]}, "tags": "x"}',
                     '{"program": {"commands": [{"exec": [{"base64": "!"}]}]}}',
                     '{"program": {"commands": [{"exec": ["true"]}]}, "name": "a", "name": "b"}',
                     '{"program": {"commands": [{"exec": ["true"]}]}, "metadata": {"n": 1e999}}',
                     '{"program": {"commands": [{"exec": ["true"]}]}, "metadata": '
                     + '{"n": 123456789012345678901234567890}}',
                     '{"program": {"commands": [{"exec": ["true"]}]}, "retries": 1e300}',
                     '{"program": {"commands": [{"exec": ["true"]}]}, "options": {"using": '
                     + "[" * 100 + "]" * 100 + "}}",
                     '{"program": {"commands": [{"exec": ["true"]}]}, "metadata": '
                     + '{"a":' * 100 + "1" + "}" * 101):
            with self.subTest(body):
                answer = self.exchange(home, (
                    f"POST /v1/jobs HTTP/1.1\r\nHost: k\r\nConnection: close\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
                head, _, rest = answer.partition(b"\r\n\r\n")
                self.assertRegex(head, rb"^HTTP/1\.1 400")
                self.assertIn(b"application/problem+json", head)
                self.assertLessEqual({"type", "title", "status", "detail"}, set(json.loads(rest)))
        self.assertEqual(home.list(), [])
        # What is just within the limits arrives, and comes back as it was.
        metadata = {"n": 2**64 - 1, "f": 0.1, "deep": "x"}
        for _ in range(60):
            metadata["deep"] = [metadata["deep"]]
        status, _, body = home.request("POST", "/v1/jobs", {
            "program": {"commands": [{"exec": ["true"]}]}, "metadata": metadata})
        self.assertEqual(status, 201, body)
        job = json.loads(body)["jobs"][0]["id"]
        self.assertEqual(home.job(job)["metadata"], metadata)
        home.wait_state(job, "succeeded")
        for target, code in (("/v1/nonsense", 404), ("/v1/jobs/zz", 404),
                             ("/v1/jobs?limit=-1", 400), ("/v1/jobs?limit=x", 400),
                             ("/v1/jobs?state=x", 400), ("/v1/jobs?cursor=x", 400),
                             ("/v1/backends/nonesuch", 404), ("/v1/%00", 400)):
            with self.subTest(target):
                status, headers, body = home.request("GET", target)
                self.assertEqual(status, code, body)
                self.assertEqual(headers["Content-Type"], "application/problem+json")
        status, headers, _ = home.request("DELETE", "/v1/jobs")
        self.assertEqual(status, 405)
        self.assertIn("POST", headers["Allow"])

    def test_slow_and_half_open(self):
        """Hundreds of silent connections do not keep the others out."""
        home = self.home()
        silent = [self.open(home) for _ in range(200)]
        for n, one in enumerate(silent):
            one.sendall((b"", b"G", b"GET /v1/sta", b"GET /v1/status HTTP/1.1\r\nHost: k\r\n",
                         b"POST /v1/jobs HTTP/1.1\r\nHost: k\r\nContent-Length: 100\r\n\r\n{")[n % 5])
        self.assert_well(home)
        # Byte by byte is no reason to be refused, if it comes to an end.
        one = self.open(home)
        for byte in b"GET /v1/status HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n":
            one.sendall(bytes([byte]))
        answer = b""
        while chunk := one.recv(65536):
            answer += chunk
        self.assertIn(b" 200 ", answer[:40])
        self.assert_well(home)
        for one in silent:
            one.close()

        def descriptors():
            return len(os.listdir(f"/proc/{home.pid}/fd"))
        wait_for(lambda: descriptors() < 100, lambda: f"closed connections: {descriptors()}")

    def test_who_does_not_read(self):
        """Asks for much and takes nothing of it, and for events and reads none of them."""
        home = self.home()
        ids = home.ketrew("submit", "--each-line", "-", "--", "true", input=b"x\n" * 1000)
        home.wait_all(ids.text.split())
        for _ in range(10):
            self.open(home).sendall(b"GET /v1/jobs?limit=10000 HTTP/1.1\r\nHost: k\r\n\r\n" * 20)
            self.open(home).sendall(b"GET /v1/events?after=0 HTTP/1.1\r\nHost: k\r\n\r\n")
        self.assert_well(home)

    def test_gone_before_the_answer(self):
        home = self.home()

        def ask():
            for _ in range(50):
                one = socket.socket(socket.AF_UNIX)
                one.connect(home.socket)
                one.sendall(b"GET /v1/jobs HTTP/1.1\r\nHost: k\r\n\r\n")
                one.close()
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assert_well(home)

    def test_pipelined(self):
        home = self.home()
        answer = self.exchange(home, b"GET /v1/status HTTP/1.1\r\nHost: k\r\n\r\n" * 5
                               + b"GET /v1/backends HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1 200"), 6)


if __name__ == "__main__":
    main()
