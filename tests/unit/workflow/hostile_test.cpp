// Files that were made to hurt: refused, within bounded memory.
#include <sys/resource.h>

#include "tests/unit/workflow/expand.hpp"

namespace ketrew::workflow {
namespace {

// The most memory that this process ever had, in MiB.
long peak() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

// The sanitizers' shadow memory counts as well, with several bytes for each.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr long allowed = 320;
#else
constexpr long allowed = 64;
#endif

TEST(Hostile, AFileOfAHundredMegabytes) {
  Folder folder;
  std::string text = "nodes:\n";
  text.reserve(101 << 20);
  while (text.size() < 100 << 20) text += "  n: {run: 'the same line again and again'}\n";
  folder.write("w.yaml", text);
  text = {};
  const long before = peak();
  const auto expanded = expand_workflow_file(folder.path() + "/w.yaml", settings());
  ASSERT_FALSE(expanded);
  EXPECT_NE(expanded.error().what.find("larger than 16777216 bytes"), std::string::npos);
  EXPECT_LT(peak() - before, allowed);
}

TEST(Hostile, AnAliasBombOfMaps) {
  std::string text = "x0: &x0 {a: b, c: d}\n";
  for (int i = 1; i < 60; ++i) {
    const std::string n = std::to_string(i), before = "*x" + std::to_string(i - 1);
    text += "x" + n + ": &x" + n + " {a: " + before + ", b: " + before + ", c: " + before + "}\n";
  }
  EXPECT_NE(error_of(text).find("more than 2000000 values"), std::string::npos);
}

TEST(Hostile, AnAliasBombOfText) {
  std::string text = "x: &x " + std::string(4 << 20, 'a') + "\ny: [";
  for (int i = 0; i < 100'000; ++i) text += "*x, ";
  EXPECT_NE(error_of(text + "]\n").find("bytes of text; aliases count as often"),
            std::string::npos);
}

TEST(Hostile, AnchorsInAnchors) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "&a" + std::to_string(i) + " [";
  for (int i = 0; i < 500'000; ++i) text += "a,";
  EXPECT_NE(error_of(text + std::string(60, ']')).find("more than 2000000 values"),
            std::string::npos);
}

TEST(Hostile, NothingAMillionTimes) {
  std::string text;
  for (int i = 0; i < 4'000'000; ++i) text += "-\n";
  EXPECT_NE(error_of(text).find("more than 2000000 values"), std::string::npos);
}

TEST(Hostile, NestingBombs) {
  for (const std::string piece : {"[", "{a: ", "- ", "? ", "{? ", "[{"}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    const std::string error = error_of(text);
    EXPECT_TRUE(error.find("nested more than 64 deep") != std::string::npos ||
                error.find("not YAML") != std::string::npos)
        << piece << error;
  }
  std::string json;
  while (json.size() < 1'000'000) json += "[";
  json += std::string(json.size(), ']');
  EXPECT_NE(error_of(json).find("nested more than 64 deep"), std::string::npos);
}

TEST(Hostile, AVariableThatGrows) {
  const std::string large(1 << 20, 'a');
  std::string text = "params: {p: " + large + "}\nnodes:\n";
  for (int i = 0; i < 1000; ++i)
    text += "  n" + std::to_string(i) + ": {run: 'echo ${params.p}'}\n";
  EXPECT_NE(error_of(text).find("makes the texts of this workflow too large"), std::string::npos);
}

TEST(Hostile, AMatrixThatGrows) {
  std::string list;
  for (int i = 0; i < 100'000; ++i) list += std::to_string(i) + ",";
  const std::string text =
      "nodes: {n: {matrix: {a: [" + list + "]}, run: 'echo " + std::string(100'000, 'x') + "'}}";
  EXPECT_NE(error_of(text).find("it expands to more than 268435456 bytes"), std::string::npos);
}

TEST(Hostile, AProductOfManyInstancesManyTimes) {
  std::string list, words;
  for (int i = 0; i < 1000; ++i) list += std::to_string(i) + ",";
  for (int i = 0; i < 10'000; ++i) words += "${nodes.a.product} ";
  EXPECT_NE(error_of("nodes: {a: {matrix: {x: [" + list +
                     "]}, product: '/a/${matrix.x}'}, b: {run: '" + words + "'}}")
                .find("a text of more than 16777216 bytes"),
            std::string::npos);
}

TEST(Hostile, EveryPrefixAndEveryChangedByteIsAnswered) {
  const std::string text =
      "params: {p: 1}\nnodes:\n  a: &x {matrix: {s: [u, 'v w']}, product: '/o/${matrix.s}',\n"
      "    run: 'echo \"${params.p}\" > ${self.product}'}\n  b: {<<: *x, matrix: {s: [u]}}\n"
      "  c: {needs: [a, \"b[s=u]\"], run: 'cat ${nodes.a.product}', done_when: {exists: /x}}\n";
  ASSERT_EQ(error_of(text), "no error");
  for (std::size_t i = 0; i < text.size(); ++i) {
    error_of(text.substr(0, i));
    for (const char c : {'\0', '[', '}', ':', '*', '&', '"', '\n', '\xff', '!', '$', '-', '='}) {
      std::string changed = text;
      changed[i] = c;
      error_of(changed);
    }
  }
}

}  // namespace
}  // namespace ketrew::workflow
