"""Names, arguments, lines and output, byte for byte."""

import base64
import os

from harness import DaemonTest, main

ODD = [b"", b" ", b"a b", b"'", b'"', b"''\"\"", b"new\nline\n", b"\r\n", b"\t", b"$HOME", b"$(id)",
       b"`id`", b"\\", b"\\n", b"*", b"~", b"!x", b"-n", b"--", b"#", b"a=b;c&d|e<f>g", b"%s%d",
       "h\u00e9llo \u4e16\u754c \U0001f600".encode(), b"\xff\xfe", b"caf\xe9", b"\xc3\x28",
       b"\x01\x02\x1b[31m\x7f", b"x" * 5000, b"\xed\xa0\x80"]
ECHO = ["python3", "-c", "import os,sys\nfor a in sys.argv[1:]: sys.stdout.buffer.write("
        "os.fsencode(a) + b'\\0')"]


class Bytes(DaemonTest):
    def test_arguments(self):
        home = self.home(({"package": "daemonize"},
                          {"exec": ["$KETREW_SHARE/backends/example_python/example_python"],
                           "name": "example_python"}))
        for words in ([], ["-o", "using=nohup-setsid"], ["-o", 'call_script=["sh"]'],
                      ["--backend", "example_python"]):
            with self.subTest(words):
                job = home.submit(*words, "--", *ECHO, *ODD)
                home.wait_state(job, "succeeded", "failed", "start-failed")
                self.assertEqual(home.ketrew("logs", job).out,
                                 b"".join(word + b"\0" for word in ODD))

    def test_a_shell_line(self):
        home = self.home()
        for words in ([], ["-o", "using=nohup-setsid"]):
            with self.subTest(words):
                job = home.submit(*words, "--sh",
                                  b"printf '%s' '\xff \" $x\n\xc3\xa9'\nprintf \"%s\" \"a'b\"")
                home.wait_state(job, "succeeded", "failed")
                self.assertEqual(home.ketrew("logs", job).out, b"\xff \" $x\n\xc3\xa9a'b")

    def test_lines(self):
        home = self.home()
        lines = [line for line in ODD if b"\n" not in line and line]
        for words in ([], ["-o", "using=nohup-setsid"]):
            with self.subTest(words):
                done = home.ketrew("submit", *words, "--each-line", "-", "--sh",
                                   'printf "%s" "$KETREW_ENTRY"', input=b"\n".join(lines) + b"\n")
                ids = done.text.split()
                self.assertEqual(len(ids), len(lines), done)
                home.wait_all(ids)
                for job, line in zip(ids, lines):
                    self.assertEqual(home.ketrew("logs", job).out, line)

    def test_names_and_tags(self):
        home = self.home()
        for name in ODD:
            if not name:
                continue
            job = home.submit(b"--name=" + name, b"--tag=" + name, "--", "true")
            expected = base64.b64encode(name).decode()
            seen = home.ketrew("show", job, "--json").json
            for got in (seen["name"], seen["tags"][0]):
                if isinstance(got, dict):
                    self.assertEqual(got, {"base64": expected})
                else:
                    self.assertEqual(got.encode(), name)
            found = home.ketrew("status", "--all", b"--tag=" + name, "--json")
            self.assertIn(job, [one["id"] for one in found.json["jobs"]], name)
            for words in (["status", "--all"], ["show", job]):
                text = home.ketrew(*words)
                self.assertEqual(text.code, 0, text)
                self.assertNotIn(b"\x1b", text.out, "what others wrote cannot speak to the terminal")
                text.out.decode()  # is UTF-8

    def test_output(self):
        home = self.home()
        job = home.submit("--", "python3", "-c", "import sys\n"
                          "sys.stdout.buffer.write(bytes(range(256)) * 5000)")
        home.wait_state(job, "succeeded")
        self.assertEqual(home.ketrew("logs", job).out, bytes(range(256)) * 5000)
        self.assertEqual(home.ketrew("query", job, "stdout").out, bytes(range(256)) * 5000)

    def test_environment_and_directory(self):
        home = self.home()
        folder = os.path.join(os.fsencode(home.path), b"a 'b' $c\xff")
        os.mkdir(folder)
        job = home.submit("--directory", folder, "--env", b"ODD=\xff $x\n'", "--env", "KEPT",
                          "--sh", 'pwd; printf "%s|%s" "$ODD" "$KEPT"', env={"KEPT": "kept"})
        home.wait_state(job, "succeeded", "failed")
        self.assertEqual(home.ketrew("logs", job).out, folder + b"\n\xff $x\n'|kept")


if __name__ == "__main__":
    main()
