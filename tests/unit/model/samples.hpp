// Random nouns: valid, and as hostile as a valid value can be.
#pragma once

#include "core/model/workflow.hpp"
#include "tests/unit/base/random_bytes.hpp"

namespace ketrew {

struct Samples : RandomBytes {
  using RandomBytes::RandomBytes;

  std::string text() { return bytes(15); }
  std::string utf8() { return to_valid_utf8(bytes(15)); }
  std::string path() { return "/" + bytes_without_nul(12); }
  JobId id() { return JobId(below(~0ull), below(~0ull)); }
  Wall time() {
    return from_unix_milliseconds(static_cast<std::int64_t>(below(4'000'000'000'000)));
  }
  template <class T>
  std::optional<T> maybe(T value) {
    return below(2) ? std::optional<T>(std::move(value)) : std::nullopt;
  }

  Json json(int depth = 3) {
    switch (below(depth > 0 ? 7 : 5)) {
      case 0: return nullptr;
      case 1: return below(2) == 0;
      case 2: return static_cast<std::int64_t>(below(1000)) - 500;
      case 3: return 0.25 * static_cast<double>(below(1000));
      case 4: return utf8();
      case 5: {
        Json list = Json::array();
        for (std::size_t n = below(4); n > 0; --n) list.push_back(json(depth - 1));
        return list;
      }
      default: return object(depth - 1);
    }
  }
  Json object(int depth = 2) {
    Json out = Json::object();
    for (std::size_t n = below(4); n > 0; --n) out[utf8()] = json(depth);
    return out;
  }

  Command command() {
    Command out;
    if (below(2)) {
      out.sh = bytes_without_nul(15) + "x";
    } else {
      out.exec.push_back(bytes_without_nul(8) + "x");
      for (std::size_t n = below(4); n > 0; --n) out.exec.push_back(bytes_without_nul(8));
    }
    return out;
  }
  Program program() {
    Program out;
    for (std::size_t n = 1 + below(3); n > 0; --n) out.commands.push_back(command());
    for (std::size_t n = below(3); n > 0; --n) {
      std::string name = to_valid_utf8(bytes_without_nul(6)) + "N";
      std::erase(name, '=');
      out.environment[name] = bytes_without_nul(8);
    }
    if (below(2)) out.directory = path();
    return out;
  }
  Condition condition(int depth = 3) {
    switch (below(depth > 0 ? 5 : 4)) {
      case 0: return {condition::Exists{path()}};
      case 1: return {condition::LargerThan{path(), below(~0ull)}};
      case 2: return {condition::Returns{bytes_without_nul(9) + "x", static_cast<int>(below(256))}};
      case 3: return {condition::Never{}};
      default: {
        condition::All all;
        for (std::size_t n = below(4); n > 0; --n) all.parts.push_back(condition(depth - 1));
        return {std::move(all)};
      }
    }
  }
  RetryPolicy retries() {
    if (below(2)) return RetryPolicy::each(static_cast<std::uint16_t>(below(1001)));
    RetryPolicy out;
    for (auto& n : out.times) n = below(2) ? static_cast<std::uint16_t>(below(1001)) : 0;
    for (const auto failure : all_failure_classes)
      for (const char* option : {"cpus", "memory", "wall_time"})
        if (below(8) == 0)
          out.growth.push_back({failure, option, 0.001 * static_cast<double>(1 + below(1'000'000))});
    return out;
  }
  Evidence evidence() {  // made of text: what is not UTF-8 is replaced in JSON
    Evidence out;
    if (below(2)) out.command = utf8();
    if (below(2)) out.exit_code = static_cast<int>(below(256));
    if (below(2)) out.words = utf8();
    return out;
  }
  std::vector<JobId> some_ids() {
    std::vector<JobId> out;
    for (std::size_t n = below(3); n > 0; --n) out.push_back(id());
    return out;
  }
  JobSpec spec() {
    JobSpec out;
    out.name = text();
    out.backend = utf8();
    out.host = utf8();
    out.options = object();
    out.program = program();
    if (below(2)) out.condition = condition();
    if (below(2)) out.equivalence = Equivalence::none;
    out.depends_on = some_ids();
    out.on_success_activate = some_ids();
    out.on_failure_activate = some_ids();
    for (std::size_t n = below(3); n > 0; --n) out.tags.push_back(text() + "t");
    out.metadata = object();
    out.retries = retries();
    if (below(2)) out.timeout = Milliseconds(1 + below(below(2) ? 5'000 : 300'000'000));
    out.restart_of = maybe(id());
    return out;
  }
  // Each node needs some of those before it.
  Workflow workflow() {
    Workflow out;
    out.name = text();
    out.nodes.resize(1 + below(6));
    for (std::size_t i = 0; i < out.nodes.size(); ++i) {
      auto& node = out.nodes[i];
      node.name = std::to_string(i) + text();
      node.job = spec();
      if (node.job.name.empty() || below(2)) node.job.name = node.name;
      for (NodeIndex other = 0; other < out.nodes.size(); ++other) {
        if (other < i && below(2)) node.needs.push_back(other);
        if (below(4) == 0) node.on_success.push_back(other);
        if (below(4) == 0) node.on_failure.push_back(other);
      }
      node.active = below(2) == 0;
      if (below(2)) node.matrix = MatrixInstance{text(), {{utf8(), text()}, {"k", text()}}};
    }
    return out;
  }
  Observation observation() {
    switch (below(5)) {
      case 0: return observed::Waiting{utf8()};
      case 1: return observed::Running{utf8(), maybe(time())};
      case 2: {
        observed::Ended out;
        if (below(2)) out.exit_code = static_cast<int>(below(256));
        if (below(2)) out.signal = 1 + static_cast<int>(below(127));
        out.failure = maybe(all_failure_classes[below(failure_class_count)]);
        if (!out.exit_code && !out.signal && !out.failure) out.exit_code = 0;
        out.message = utf8();
        out.evidence = evidence();
        out.started_at = maybe(time());
        out.ended_at = maybe(time());
        if (below(2)) out.usage = object();
        return out;
      }
      case 3: return observed::Gone{evidence()};
      default: return observed::CannotTell{utf8(), evidence()};
    }
  }
};

}  // namespace ketrew
