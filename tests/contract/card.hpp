// The report card: what was checked, in words, with what came of it.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/text.hpp"

namespace ketrew::contract {

// Listens to GoogleTest instead of its own printer. Each check is told when it is over.
class Card : public testing::EmptyTestEventListener {
 public:
  explicit Card(bool json) : json_(json) {}
  // Of the backend: its name and version, and how it was started.
  void begin(const Json& backend, const std::vector<std::string>& command);
  // The last line, or the document; whether all passed and anything was checked.
  bool end();

 private:
  void OnTestSuiteStart(const testing::TestSuite& suite) override;
  void OnTestEnd(const testing::TestInfo& test) override;

  struct Totals {
    int passed = 0, failed = 0, skipped = 0;
  };
  bool json_;
  Json document_ = Json::object();
  Totals totals_;
};

}  // namespace ketrew::contract
