#include "app/ketrew-backend-host/lanes.hpp"

#include <future>
#include <set>

#include <gtest/gtest.h>

namespace ketrew::backend_host {
namespace {

constexpr Milliseconds patience{60'000};

Task task(const char* method, const std::string& id) { return {find_method(method), id, "{}"}; }

TEST(Lanes, StartsThatWaitForOneHostBecomeOneCall) {
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  std::mutex mutex;
  std::vector<std::string> calls;
  Lanes lanes(1, [&](std::vector<Task> batch) {
    gone.wait();
    std::string call = batch.front().method->name;
    for (const Task& one : batch) call += ' ' + one.id;
    const std::lock_guard lock(mutex);
    calls.push_back(call);
  });
  lanes.add("", task("check", "0"));  // the worker is busy while the others come
  for (const char* id : {"1", "2"}) {
    lanes.add("/a", task("start", id));
    lanes.add("/b", task("start", std::string("b") + id));
  }
  lanes.add("/a", task("update", "3"));
  lanes.add("/a", task("update", "4"));
  lanes.add("/a", task("start", "5"));
  go.set_value();
  ASSERT_TRUE(lanes.wait_idle(patience));
  const std::multiset<std::string> seen(calls.begin(), calls.end());
  EXPECT_EQ(seen, (std::multiset<std::string>{"check 0", "start 1 2 5", "start b1 b2",
                                              "update 3", "update 4"}));
}

// The calls of one host, in the order in which they were done; all of `tasks` waited before the first.
std::vector<std::string> order_of(const std::vector<Task>& tasks) {
  std::promise<void> held, go;
  std::vector<std::string> order;
  Lanes lanes(1, [&](std::vector<Task> batch) {
    if (batch.front().id == "hold") {
      held.set_value();
      return go.get_future().wait();
    }
    order.push_back(batch.front().method->name + (' ' + std::to_string(batch.size())));
  });
  lanes.add("/a", task("check", "hold"));
  held.get_future().wait();
  for (const Task& each : tasks) lanes.add("/a", each);
  go.set_value();
  EXPECT_TRUE(lanes.wait_idle(patience));
  return order;
}

TEST(Lanes, StartsWaitBehindAllOtherCalls) {
  std::vector<Task> tasks(1000, task("start", "s"));
  for (const char* method : {"update", "kill", "find"}) tasks.push_back(task(method, "x"));
  const std::vector<std::string> expected = {"update 1",  "kill 1",    "find 1",   "start 256",
                                             "start 256", "start 256", "start 232"};
  EXPECT_EQ(order_of(tasks), expected);
}

TEST(Lanes, StartsAreNotHeldUpForEver) {
  std::vector<Task> tasks(100, task("update", "u"));
  tasks.push_back(task("start", "s"));
  tasks.push_back(task("start", "s"));
  const auto order = order_of(tasks);
  ASSERT_EQ(order.size(), 101u);
  EXPECT_EQ(std::find(order.begin(), order.end(), "start 2") - order.begin(), 4);
}

TEST(Lanes, OneWorkerMeansOneThread) {
  std::set<std::thread::id> threads;
  Lanes lanes(1, [&](std::vector<Task>) { threads.insert(std::this_thread::get_id()); });
  for (int i = 0; i < 100; ++i) lanes.add("/" + std::to_string(i % 7), task("update", "x"));
  ASSERT_TRUE(lanes.wait_idle(patience));
  EXPECT_EQ(threads.size(), 1u);
}

TEST(Lanes, ASlowHostDoesNotHoldUpOthers) {
  std::promise<void> slow_may_end, fast_ended;
  const std::shared_future<void> may_end = slow_may_end.get_future().share();
  Lanes lanes(8, [&](std::vector<Task> batch) {
    if (batch.front().id == "slow")
      may_end.wait();
    else
      fast_ended.set_value();
  });
  lanes.add("/slow", task("update", "slow"));
  lanes.add("/fast", task("update", "fast"));
  EXPECT_EQ(fast_ended.get_future().wait_for(patience), std::future_status::ready);
  EXPECT_FALSE(lanes.wait_idle(Milliseconds(0)));
  slow_may_end.set_value();
  EXPECT_TRUE(lanes.wait_idle(patience));
}

TEST(Lanes, AtMostOneCallOfAHostAtATime) {
  std::map<std::string, std::atomic<int>> inside;
  for (int i = 0; i < 4; ++i) inside["/" + std::to_string(i)] = 0;
  std::atomic<int> overlaps = 0, done = 0;
  Lanes lanes(8, [&](std::vector<Task> batch) {
    auto& count = inside.at(batch.front().id);
    if (++count > 1) ++overlaps;
    std::this_thread::yield();
    --count;
    ++done;
  });
  for (int i = 0; i < 2000; ++i) {
    const std::string host = "/" + std::to_string(i % 4);
    lanes.add(host, task("update", host));
  }
  ASSERT_TRUE(lanes.wait_idle(patience));
  EXPECT_EQ(done, 2000);
  EXPECT_EQ(overlaps, 0);
}

TEST(Lanes, WhatIsTakenOutIsNotDone) {
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  std::atomic<int> starts = 0;
  Lanes lanes(1, [&](std::vector<Task> batch) {
    gone.wait();
    if (batch.front().method == find_method("start")) ++starts;
  });
  lanes.add("", task("check", "0"));
  for (int i = 0; i < 10; ++i) lanes.add("/a", task("start", std::to_string(i)));
  const auto out =
      lanes.take_out([](const Task& one) { return one.method == find_method("start"); });
  go.set_value();
  ASSERT_TRUE(lanes.wait_idle(patience));
  EXPECT_EQ(out.size(), 10u);
  EXPECT_EQ(starts, 0);
}

}  // namespace
}  // namespace ketrew::backend_host
