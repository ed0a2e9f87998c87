"""A workflow that is wrong is refused whole, and the answer says where."""

import json

from graph import Flow, GraphTest, main, sh


class Refusal(GraphTest):
    def refused(self, home, document, *words, code=400):
        status, headers, body = home.request("POST", "/v1/workflows", document)
        self.assertEqual(status, code, body)
        self.assertEqual(headers["Content-Type"], "application/problem+json")
        problem = json.loads(body)
        for word in words:
            self.assertIn(word, problem["detail"] + problem.get("hint", ""), problem)
        return problem

    def test_all_of_it(self):
        home = self.home()
        good = {"name": "good", "job": sh("true")}
        self.refused(home, {"nodes": []}, "without nodes")
        self.refused(home, {"nodes": [good, good]}, '"good"')
        self.refused(home, {"nodes": [good], "nodse": 1}, 'did you mean "nodes"')
        self.refused(home, {"nodes": [{**good, "needs": [7]}]}, 'node "good"', "needs")
        circle = {"nodes": [
            {"name": "a", "job": sh("true"), "needs": [1]},
            {"name": "b", "job": sh("true"), "needs": [2]},
            {"name": "c", "job": sh("true"), "needs": [0]}]}
        self.refused(home, circle, "a needs b, b needs c, c needs a")
        bad = {"name": "bad", "job": sh("true", backend="slurmm")}
        self.assertEqual(self.refused(home, {"nodes": [good, bad]}, "slurmm")["node"], "bad")
        bad["job"] = sh("true", options={"no_such_option": 1})
        self.assertEqual(self.refused(home, {"nodes": [good, bad]}, "no_such_option")["node"], "bad")
        bad["job"] = sh("true", condition={"exists": "relative"})
        self.refused(home, {"nodes": [good, bad]}, 'node "bad"')
        bad["job"] = sh("true", depends_on=["01jd3kaaaaaaaaaaaaaaaaaaaa"])
        self.refused(home, {"nodes": [good, bad]}, "not here", code=404)
        self.assertEqual(home.list(), [], "nothing was stored")
        self.assertEqual(home.get("/v1/workflows")["workflows"], [])

    def test_a_dry_run_stores_nothing(self):
        home = self.home()
        document = Flow("dry").add("a", sh("true")).document()
        status, _, body = home.request("POST", "/v1/workflows?dry_run=true", document)
        self.assertEqual(status, 200, body)
        self.assertEqual(json.loads(body)["workflow"]["name"], "dry")
        self.assertEqual(home.list(), [])


if __name__ == "__main__":
    main()
