"""`ketrew status --where`: the jobs for which a filter holds."""

from harness import DaemonTest, main


class Filter(DaemonTest):
    def names(self, home, text):
        done = home.ketrew("status", "--where", text, "--json")
        self.assertEqual(done.code, 0, done)
        return sorted(job["name"] for job in done.json["jobs"])

    def test_chooses_jobs(self):
        home = self.home()
        home.submit("--name", "good", "--tag", "night", "--wait", "--", "true")
        for code in ("3", "4"):
            self.assertEqual(home.ketrew("submit", "--name", "bad " + code, "--tag", "night",
                                         "--wait", "--sh", "exit " + code).code, 1)
        self.assertEqual(self.names(home, "tag = night"), ["bad 3", "bad 4", "good"])
        self.assertEqual(self.names(home, "root-failure and exit-code > 3"), ["bad 4"])
        self.assertEqual(self.names(home, "status = failed and not name ~ 'D 4'"), ["bad 3"])
        self.assertEqual(self.names(home, "age > 1d or state = lost"), [])

    def test_says_what_is_wrong(self):
        home = self.home()
        done = home.ketrew("status", "--where", "stat = failed")
        self.assertEqual(done.code, 2)
        self.assertIn("column 1: unknown field 'stat'; did you mean 'state'?", done.error)
        status, _, body = home.request("GET", "/v1/jobs?where=age%20%3D%20soon")
        self.assertEqual(status, 400)
        self.assertIn(b"not a duration", body)


if __name__ == "__main__":
    main()
