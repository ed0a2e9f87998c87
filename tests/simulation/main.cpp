// The tests, or hours of fresh seeds: see README.md.
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <span>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.hpp"
#include "tests/simulation/seeds.hpp"

namespace {

using namespace ketrew;
using namespace ketrew::simulation;

const char* const usage =
    "simulation                                the tests (see --help of GoogleTest)\n"
    "simulation --for 2h [--jobs N] [--first SEED] [--world KIND]\n"
    "                                          fresh seeds for that long, with N processes\n"
    "simulation --tell KIND SEED               one seed, with its whole story\n"
    "KIND: jobs, store, calm-graph, graph or graph-store\n";

[[noreturn]] void wrong(const std::string& what) {
  std::cerr << "simulation: " << what << "\n" << usage;
  std::exit(2);
}

std::uint64_t number(const char* text) {
  std::uint64_t value = 0;
  const char* end = text + std::strlen(text);
  if (std::from_chars(text, end, value).ptr != end) wrong(std::string("no number: ") + text);
  return value;
}

struct LongRun {
  Milliseconds time{0};
  std::uint64_t first = 0, processes = 1;
  std::vector<Kind> of = kinds();
};

// Each process has every N-th seed; what they ran comes back through a pipe.
int run_long(const LongRun& run) {
  std::cout << "first seed " << run.first << ", " << run.processes << " processes, "
            << format_duration(run.time) << "\n" << std::flush;
  int ends[2];
  if (::pipe(ends) != 0) wrong("no pipe");
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < run.processes; ++i) {
    const pid_t child = ::fork();
    if (child < 0) wrong("no process");
    if (child > 0) continue;
    const Ran ran = run_for(run.time.count(), run.first + i, run.processes, run.of);
    ::_exit(::write(ends[1], &ran, sizeof ran) == sizeof ran ? 0 : 1);
  }
  ::close(ends[1]);
  Ran all, one;
  std::uint64_t answers = 0;
  while (::read(ends[0], &one, sizeof one) == sizeof one) {
    all.seeds += one.seeds;
    all.failures += one.failures;
    ++answers;
  }
  while (::wait(nullptr) > 0) {
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cout << all.seeds << " schedules in " << static_cast<long>(took.count()) << " s from seed "
            << run.first << ": " << all.failures << " failures\n";
  if (answers < run.processes) std::cout << "a process ended without a word\n";
  return all.failures == 0 && answers == run.processes ? 0 : 1;
}

int tell(const char* name, std::uint64_t seed) {
  const Kind* kind = kind_named(name);
  if (!kind) wrong(std::string("no world ") + name);
  std::vector<std::string> story;
  const std::string broken = kind->run(seed, &story);
  for (const auto& line : story) std::cout << line << "\n";
  std::cout << (broken.empty() ? "nothing was broken" : "broken: " + broken) << "\n";
  return broken.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> words(argv + 1, static_cast<std::size_t>(argc - 1));
  if (words.size() == 3 && !std::strcmp(words[0], "--tell")) return tell(words[1], number(words[2]));
  if (words.empty() || std::strcmp(words[0], "--for") != 0) {
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
  }
  LongRun run;
  std::random_device device;
  run.first = std::uint64_t{device() & 0x7fffffffu} * 1'000'000;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) wrong(std::string("a value is missing after ") + words[i]);
    const std::string name = words[i];
    const char* value = words[i + 1];
    if (name == "--for") {
      const auto time = parse_duration(value);
      if (!time) wrong(std::string("no time: ") + value);
      run.time = *time;
    } else if (name == "--jobs") {
      run.processes = std::max<std::uint64_t>(1, number(value));
    } else if (name == "--first") {
      run.first = number(value);
    } else if (name == "--world") {
      const Kind* kind = kind_named(value);
      if (!kind) wrong(std::string("no world ") + value);
      run.of = {*kind};
    } else {
      wrong("unknown word " + name);
    }
  }
  return run_long(run);
}
