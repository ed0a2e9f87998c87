// Requests that cross each other on their way to the database.
#include <gtest/gtest.h>

#include "app/ketrewd/conductor.hpp"
#include "tests/simulation/model_store.hpp"
#include "tests/simulation/virtual_loop.hpp"

namespace ketrew::simulation {
namespace {

struct Parts {
  Clocks clocks;
  VirtualLoop loop{clocks};
  ModelHome home;
  std::unique_ptr<SimStore> store = std::move(*home.open());
  engine::Engine engine{{}, 0};
  daemon::Conductor conductor{loop, engine, *store};
  const Pause pause{PauseKind::backend, 0, "b"};

  Parts() {
    conductor.on_ask([](const engine::Ask&) {});
    conductor.on_committed([](const std::vector<HistoryEntry>&) {});
    conductor.on_evaluations([](std::vector<engine::Evaluation>) {});
  }
  void ask(bool on) {
    conductor.set_paused({pause}, on, [](const Result<>&) {});
  }
  void store_all() {
    store->write();
    loop.run();
  }
  bool paused() const { return engine.pauses().contains(pause); }
  bool stored() const { return home.ledger.pauses().contains(pause); }
};

TEST(Crossing, APauseThatFollowsAResumeHolds) {
  Parts parts;
  parts.ask(true);
  parts.store_all();
  parts.ask(false);  // not stored yet
  parts.ask(true);
  parts.store_all();
  EXPECT_TRUE(parts.stored());
  EXPECT_TRUE(parts.paused());
}

TEST(Crossing, AResumeThatFollowsAPauseHolds) {
  Parts parts;
  parts.ask(true);
  parts.ask(false);
  EXPECT_TRUE(parts.paused());
  parts.store_all();
  EXPECT_FALSE(parts.stored());
  EXPECT_FALSE(parts.paused());
}

TEST(Crossing, WhatCannotBeStoredStaysAsItWas) {
  Parts parts;
  parts.home.disk_full = true;
  parts.ask(true);
  EXPECT_TRUE(parts.paused()) << "nothing slips through meanwhile";
  parts.store_all();
  EXPECT_FALSE(parts.paused());
  parts.home.disk_full = false;
  parts.ask(true);
  parts.store_all();
  parts.home.disk_full = true;
  parts.ask(false);
  parts.store_all();
  EXPECT_TRUE(parts.paused());
}

}  // namespace
}  // namespace ketrew::simulation
