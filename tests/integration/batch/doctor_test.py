"""`ketrew doctor` on a batch scheduler: what its queue has that the database has not, and the reverse."""

import os

import batch
from batch import wait_for


class Doctor(batch.BatchTest):
    def findings(self, home, *words):
        answer = home.ketrew("doctor", "--json", *words).json["daemon"]
        self.assertEqual(answer["unchecked"], [])
        return answer["findings"]

    def running(self, home, fake):
        job = self.submit(home, "--name", "endless", "--", "sleep", "1000")
        home.wait_state(job, "running")
        self.wait_in(home, fake, job, "running")
        return job

    def test_stray(self):
        home, fake = self.batch_home()
        stray = self.running(home, fake)
        self.assertEqual(self.findings(home), [])
        home.stop()
        for name in ("ketrew.db", "ketrew.db-wal", "ketrew.db-shm"):
            if os.path.exists(home.file(name)):
                os.unlink(home.file(name))
        home.start()
        kept = self.running(home, fake)

        found = self.findings(home)
        self.assertEqual([(f["kind"], f["job"], f["backend"]) for f in found],
                         [("stray", stray, batch.BACKEND)])
        self.assertEqual(len(fake.calls("kill")), 0)
        found = self.findings(home, "--fix")
        self.assertEqual([f["done"] for f in found], ["its end was asked for"], home.log())
        wait_for(lambda: not [f for f in self.findings(home) if f["kind"] == "stray"], "the stray's end")
        self.assertEqual(home.job(kept)["state"], "running")

    def test_a_queue_that_does_not_answer_is_no_empty_one(self):
        home, fake = self.batch_home()
        self.running(home, fake)
        for verb in ("queue", "find"):
            fake.tell(verb, down=True)
        answer = home.ketrew("doctor", "--json").json["daemon"]
        self.assertEqual(answer["findings"], [])
        self.assertTrue([text for text in answer["unchecked"] if batch.BACKEND in text], answer)


if __name__ == "__main__":
    batch.main()
