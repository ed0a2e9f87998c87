"""Retries that ask for more, and attempts that may not run longer."""

import json

from graph import DAEMONIZE, MOCK, GraphTest, main


class Attempts(GraphTest):
    def submit_job(self, home, **job):
        status, _, body = home.request("POST", "/v1/jobs", job)
        self.assertEqual(status, 201, body)
        return json.loads(body)["jobs"][0]["id"]

    def test_a_retry_gets_more_of_what_there_was_too_little_of(self):
        home = self.home([MOCK])
        job = self.submit_job(
            home, backend="mock", program={"sh": "true"},
            options={"script": "failed:out-of-memory", "cpus": 2, "queue": "long"},
            retries={"out-of-memory": {"times": 2, "cpus": "x1.5"}})
        seen = home.wait_state(job, "failed")
        self.assertEqual((seen["attempt"], seen["class"]), (3, "out-of-memory"))
        options = home.job(job)["attempt_options"]
        self.assertEqual((options["cpus"], options["queue"]), (5, "long"))  # 2 x 1.5 x 1.5, rounded up
        self.assertEqual(home.job(job)["options"]["cpus"], 2)  # as it was asked for

    def test_past_its_timeout_an_attempt_is_killed_and_tried_again(self):
        home = self.home([DAEMONIZE])
        job = self.submit_job(home, program={"sh": "sleep 600"}, timeout="1s",
                              retries={"wall-time": 1})
        seen = home.wait_state(job, "failed")
        self.assertEqual((seen["class"], seen["attempt"]), ("wall-time", 2))
        self.assertIn("timeout of 1s", seen["message"])

    def test_a_timeout_goes_on_while_the_daemon_is_away(self):
        home = self.home()
        job = self.submit_job(home, program={"sh": "sleep 600"}, timeout="2s")
        home.wait_state(job, "running")
        home.kill_daemon()
        home.start()
        self.assertEqual(home.wait_state(job, "failed")["class"], "wall-time")


if __name__ == "__main__":
    main()
