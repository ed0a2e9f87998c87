#!/usr/bin/env python3
"""The test of the include arrows bites: each kind of wrong include is found, right ones are not."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import arrows  # noqa: E402


class Arrows(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = self.folder.name
        for path in ("core/base/error.hpp", "core/store/store.hpp", "core/api/api.hpp", "core/host/host.hpp",
                     "core/protocol/message.hpp", "backends/sdk/ketrew/backend.h",
                     "backends/sdk/ketrew/backend.hpp", "backends/mock/mock.hpp", "app/ketrewd/loop.hpp"):
            self.write(path, "")

    def tearDown(self):
        self.folder.cleanup()

    def write(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def problems(self, path, include):
        self.write(path, f"// text\n  #  include {include}\n")
        found = arrows.check(self.root)[1]
        os.remove(os.path.join(self.root, path))
        return found

    def test_the_table_points_one_way(self):
        done = set()
        while len(done) < len(arrows.ROOMS):
            ready = {room for room, allowed in arrows.ROOMS.items()
                     if room not in done and all(arrows.room_of(a) in done for a in allowed)}
            self.assertTrue(ready, f"a circle among {set(arrows.ROOMS) - done}")
            done |= ready

    def test_wrong_includes_are_found(self):
        for path, include in (
                ("core/base/x.cpp", '"core/store/store.hpp"'),
                ("core/model/x.hpp", '"core/host/host.hpp"'),
                ("core/engine/x.cpp", '"core/store/store.hpp"'),
                ("core/engine/x.cpp", "<thread>"),
                ("core/engine/x.cpp", "<sys/stat.h>"),
                ("core/store/x.cpp", '"app/ketrewd/loop.hpp"'),
                ("core/host/x.c", '"core/protocol/message.hpp"'),
                ("backends/sdk/x.hpp", '"core/store/store.hpp"'),
                ("backends/mock/x.cpp", '"core/protocol/message.hpp"'),
                ("backends/slurm/x.cpp", '"backends/mock/mock.hpp"'),
                ("app/ketrew/x.cpp", '"core/store/store.hpp"'),
                ("app/ketrew/x.cpp", '"app/ketrewd/loop.hpp"'),
                ("app/ketrew-backend-host/x.cpp", "<ketrew/backend.hpp>"),
                ("app/another/x.cpp", '"core/base/error.hpp"'),
                ("core/store/x.cpp", '"store.hpp"'),
                ("core/store/x.cpp", '"../base/error.hpp"'),
                ("core/store/x.cpp", '"core/base/absent.hpp"'),
                ("core/base/x.cpp", "<sqlite3.h>"),
                ("app/ketrewd/x.cpp", "<sqlite3.h>"),
                ("app/ketrewd/x.cpp", "<yaml-cpp/yaml.h>"),
                ("core/profile/x.cpp", "<CLI/CLI.hpp>"),
                ("core/store/x.cpp", "<boost/asio.hpp>"),
                ("core/store/x.cpp", "<nlohmann/json.hpp>"),
                ("app/ketrewd/x.cpp", "<new_library/all.hpp>")):
            self.assertEqual(len(self.problems(path, include)), 1, f"{path}: {include}")

    def test_right_includes_are_not(self):
        for path, include in (
                ("core/store/x.cpp", '"core/store/store.hpp"'),
                ("core/store/x.cpp", '"core/base/error.hpp"'),
                ("core/store/x.cpp", "<sqlite3.h>"),
                ("core/store/x.cpp", "<sys/stat.h>"),
                ("core/store/x.cpp", "<vector>"),
                ("backends/slurm/x.cpp", "<ketrew/backend.hpp>"),
                ("backends/slurm/x.cpp", '"core/host/host.hpp"'),
                ("app/ketrew-backend-host/x.cpp", "<ketrew/backend.h>"),
                ("app/ketrewd/x.cpp", '"core/api/api.hpp"'),
                ("app/ketrewd/x.cpp", "<boost/asio.hpp>"),
                ("tests/unit/store/x.cpp", '"app/ketrewd/loop.hpp"'),
                ("tests/unit/store/x.cpp", "<gtest/gtest.h>")):
            self.assertEqual(self.problems(path, include), [], f"{path}: {include}")

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertEqual(arrows.check(empty), (0, []))


if __name__ == "__main__":
    unittest.main()
